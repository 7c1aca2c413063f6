import "./fonts.css";
import "./tokens.css";
import "./base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { useStoredLanguage } from "./i18n/i18n.svelte.ts";

const target = document.getElementById("app");
if (target !== null) {
  await useStoredLanguage().catch(() => undefined); // Without English it stays Vietnamese.
  mount(App, { target });
}
