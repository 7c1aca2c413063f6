import "../src/fonts.css";
import "../src/tokens.css";
import "../src/base.css";
import { mount } from "svelte";
import { useLanguage } from "../src/i18n/i18n.svelte.ts";
import Stories from "./Stories.svelte";

/** `?story=NAME&theme=dark&language=en`; without a name the list of all. */
const query = new URLSearchParams(location.search);
const target = document.getElementById("app");
if (target !== null) {
  document.documentElement.dataset["theme"] = query.get("theme") ?? "light";
  if (query.get("language") === "en") await useLanguage("en");
  mount(Stories, { target, props: { name: query.get("story") } });
}
