/** A trouble in words, with the figures of this point where there are any. */
import type { Cause, PointStatus } from "../../api/generated/protocol.ts";
import { t } from "../../i18n/i18n.svelte.ts";
import { detail } from "../../state/board.ts";
import { percentText, sizeText } from "../../state/time.ts";
import { causeKey } from "../words.ts";

export function troubleText(status: PointStatus, cause: Cause): string {
  const name = t(causeKey(cause));
  const figures = detailText(status, cause);
  if (figures !== null && (cause === "loss_up" || cause === "loss_down" || cause === "delay")) {
    return t("line.sentence", { name: status.name, what: lowered(figures) });
  }
  return figures === null ? name : `${name}: ${lowered(figures)}`;
}

/** The figures alone, for where the cause stands above already. */
export function detailText(status: PointStatus, cause: Cause | null): string | null {
  const found = detail(status, cause);
  switch (found?.kind) {
    case undefined:
      return null;
    case "loss_up":
    case "loss_down":
      return t(`detail.${found.kind}`, { loss: percentText(found.percent) });
    case "delay":
      return t("detail.delay", { ms: found.millis });
    case "ceiling":
      return t("detail.ceiling", { kbps: found.kbps });
    case "disk":
      return t("detail.disk", { size: sizeText(found.bytes) });
    case "papers":
      return t("detail.papers", { have: found.have, wanted: found.wanted });
    case "part":
      return t(`detail.${found.state}`);
  }
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
