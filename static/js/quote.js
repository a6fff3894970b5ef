// A message, or what is selected of it, as a quotation.
import { get } from "./http.js";

const LENGTH = 400;
let held = { message: null, text: "" };

/** Pressing on a menu takes a selection away, so it is kept from before. */
export function startQuotes() {
  document.addEventListener("pointerdown", (event) => {
    const message = event.target.closest?.(".message__actions")?.closest(".message") ?? null;
    const text = message ? selectedIn(message) : "";
    if (text || held.message !== message) held = { message, text };
  }, { capture: true });
}

export async function quotationOf(message) {
  const text = selectedIn(message) || (held.message === message && held.text) || (await textOf(message));
  held = { message: null, text: "" };
  const short = text.length > LENGTH ? `${text.slice(0, LENGTH - 1).trimEnd()}…` : text;
  const lines = short.trim().split("\n").map((line) => `> ${line}`.trimEnd());
  return `> **${message.dataset.author}**:\n${lines.join("\n")}\n\n`;
}

function selectedIn(message) {
  const selection = getSelection();
  const text = message.querySelector(".message__text");
  const inside = text && !selection.isCollapsed && text.contains(selection.anchorNode) && text.contains(selection.focusNode);
  return inside ? selection.toString().trim() : "";
}

/** As it was written, or as it is shown when that cannot be had. */
async function textOf(message) {
  try {
    return (await get(`/api/messages/${message.dataset.id}`)).content ?? "";
  } catch {
    return message.querySelector(".message__text")?.innerText ?? "";
  }
}
