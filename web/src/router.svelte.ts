/** Where we are, kept in the address. Links are plain `<a href>`; nothing else navigates. */
import { type Route, routeOf } from "./paths.ts";

class Router {
  route = $state.raw<Route>(routeOf(location.pathname));

  constructor() {
    addEventListener("popstate", () => this.#arrive());
    addEventListener("click", (event) => this.#click(event));
  }

  go(path: string): void {
    history.pushState(null, "", path);
    this.#arrive();
  }

  #arrive(): void {
    this.route = routeOf(location.pathname);
  }

  #click(event: MouseEvent): void {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!plain || event.defaultPrevented || !(event.target instanceof Element)) return;
    const link = event.target.closest("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin) return;
    if (link.target !== "" || link.hasAttribute("download")) return;
    event.preventDefault();
    this.go(link.pathname);
  }
}

export const router = new Router();
