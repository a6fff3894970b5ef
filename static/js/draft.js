// What is typed and not sent: in this tab at once, and a moment later on the server, where it follows its writer.
import { put } from "./http.js";

const PAUSE = 1000;
const key = `palaver.typed:${location.pathname}`;
const SENT = "palaver.sent";

let place = ""; // a thread or a conversation; without one it stays in this tab
let base = ""; // what the server had before
let waiting = null; // what it is to have
let saving = null;
let timer = 0;

/** Put what was typed into the field. What this tab could not save goes before the server's, unless that has changed. */
export function startDraft(form) {
  const field = form.elements.content;
  place = form.dataset.place ?? "";
  base = form.dataset.draft ?? "";
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  const isFree = field.value === base;
  if (kept && kept.base === base && isFree) field.value = kept.text;
  if (kept && kept.base !== base) sessionStorage.removeItem(key);
  if (field.value !== base) writeDraft(field.value);
  addEventListener("pagehide", save);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
}

export function writeDraft(text) {
  keep(text);
  if (!place) return;
  waiting = text;
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

/** It was sent, and with it the server forgets the draft; one that is on its way there must not come back. */
export async function dropDraft() {
  forget();
  sessionStorage.removeItem(key);
  show("");
  base = "";
  if (!saving) return;
  await saving;
  if (waiting === null) put(`/api/drafts/${place}`, { content: "" }).catch(() => {});
}

function keep(text) {
  if (text !== base) sessionStorage.setItem(key, JSON.stringify({ text, base }));
  else sessionStorage.removeItem(key);
}

function forget() {
  clearTimeout(timer);
  waiting = null;
}

function save() {
  clearTimeout(timer);
  if (waiting === null || waiting === base) return;
  const text = waiting;
  waiting = null;
  saving = put(`/api/drafts/${place}`, { content: text }).then(() => saved(text), () => (waiting ??= text));
}

function saved(text) {
  base = text;
  saving = null;
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (kept) keep(kept.text);
  show(text);
}

function show(text) {
  const marks = document.querySelectorAll(`[data-counts="${place || "-"}"] .counts__draft`);
  for (const mark of marks) mark.hidden = !text.trim();
}

/** A form was sent the ordinary way: its draft goes once its message is seen on the next page. */
export function sent(clientId) {
  forget();
  sessionStorage.setItem(SENT, JSON.stringify({ key, clientId }));
}

export function forgetArrived() {
  const waits = JSON.parse(sessionStorage.getItem(SENT) ?? "null");
  if (!waits || !document.querySelector(`.message[data-client-id="${waits.clientId}"]`)) return;
  sessionStorage.removeItem(waits.key);
  sessionStorage.removeItem(SENT);
}
