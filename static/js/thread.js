// The open thread: new messages, growing answers, finished ones.
import { announce } from "./announce.js";
import { besides, continues, versions } from "./branches.js";
import { put, startComparisons } from "./comparison.js";
import { elementOf } from "./dress.js";
import { on } from "./events.js";
import { Growing } from "./growing.js";
import { startActions } from "./actions.js";
import { startEarlier } from "./earlier.js";
import { showWaiting } from "./model.js";
import { startQueue } from "./queue.js";
import { linkToParent, relink, shortened } from "./replies.js";
import { follow, startNewest, startScroll } from "./scroll.js";

const page = document.getElementById("thread");
const list = document.getElementById("messages");
const root = document.body.dataset.root;
const growing = new Map();
const TITLE = 70;
let newest = null;

const messageById = (id) => document.getElementById(`m-${id}`);

export function startThread() {
  if (!page) return;
  newest = startNewest();
  for (const element of list.querySelectorAll('[data-status="streaming"]')) track(element);
  on("message.new", added);
  on("message.snapshot", (piece) => growing.get(piece.message_id)?.snapshot(piece));
  on("message.delta", (piece) => growing.get(piece.message_id)?.delta(piece));
  on("message.done", done);
  for (const kind of ["message.updated", "message.deleted", "message.restored"]) on(kind, changed);
  on("thread.updated", renamed);
  startQueue();
  startActions(list);
  startComparisons();
  startEarlier();
  startScroll();
}

function track(element) {
  const made = new Growing(element);
  growing.set(element.dataset.id, made);
  showWaiting(element);
  stopButton();
  return made;
}

function added({ root_id: place, message, html }) {
  if (place !== root && message.version_of) return versions(message, html);
  if (place !== root || messageById(message.id)) return;
  if (page.dataset.tail === "true" && !continues(message)) return besides(message, html);
  if (page.dataset.tail !== "true") return;
  const element = elementOf(html);
  const mine = message.author.id === document.body.dataset.userId;
  const pending = mine && message.client_id && list.querySelector(`.message--pending[data-client-id="${message.client_id}"]`);
  const stayed = follow(() => {
    if (pending) pending.remove();
    insert(element);
    linkToParent(element);
    if (message.status === "streaming") track(element).begin();
  });
  if (!stayed && !mine) newest.show();
  if (!mine && message.status !== "streaming") announce(`${message.author.display_name}: ${spoken(element)}`);
}

function insert(element) {
  const seq = Number(element.dataset.seq);
  put(element, [...list.querySelectorAll(".message[data-seq]")].findLast((other) => Number(other.dataset.seq) < seq));
}

function done({ message_id: id, message, html }) {
  const old = messageById(id);
  growing.delete(id);
  if (!old) return;
  const element = swap(old, html);
  stopButton();
  if (old.dataset.status === "streaming") announce(`${message.author.display_name}: ${spoken(element)}`);
}

/** A message was edited, deleted or restored, or an answer goes on. */
function changed({ message, html, blocks, end }) {
  const old = messageById(message.id);
  if (old) {
    const element = swap(old, html);
    if (message.status === "streaming") track(element).snapshot({ content: message.content, next_idx: 1, html: blocks, end });
    relink(message.id);
  }
  if (message.id === root) retitle(message.content);
}

function swap(old, html) {
  const element = elementOf(html);
  const focused = old.contains(document.activeElement);
  const stayed = follow(() => {
    old.replaceWith(element);
    linkToParent(element);
    keepPlace(old, element);
  });
  if (focused) focusIn(element);
  if (!stayed && old.dataset.status === "streaming") newest.show();
  return element;
}

/** How many versions there are by now is known to the page, not to an old event. */
function keepPlace(old, element) {
  const known = old.querySelector(".message__siblings");
  if (!known) return;
  element.querySelector(".message__siblings")?.remove();
  element.querySelector(".message__actions").prepend(known);
}

/** Where the keyboard goes on: what has just been deleted can be brought back. */
function focusIn(element) {
  const undo = element.querySelector('[data-act="restore"]:not([hidden])');
  const field = document.getElementById("content");
  (undo ?? field)?.focus({ preventScroll: true });
}

function renamed({ root_id: place, summary }) {
  const title = document.getElementById("thread-title");
  if (place !== root || !title) return;
  title.toggleAttribute("data-titled", Boolean(summary.title));
  name(title, summary.title || summary.root_excerpt);
}

/** A thread without a title is called by its first words. */
function retitle(text) {
  const title = document.querySelector("#thread-title:not([data-titled])");
  if (title) name(title, text);
}

function name(title, text) {
  title.textContent = shortened(text ?? "", TITLE) || "Thread";
  document.title = `${title.textContent} · Palaver`;
}

const spoken = (element) =>
  [...element.querySelectorAll(".message__text, .message__ending")].map((part) => part.textContent).join(" ").trim();

/** While an answer grows the composer offers to stop it, and those that are compared with it. */
function stopButton() {
  const all = [...list.querySelectorAll('.message[data-status="streaming"]')];
  const { id, comparison } = all[0]?.dataset ?? {};
  const those = all.filter((one) => one.dataset.id === id || (comparison && one.dataset.comparison === comparison));
  document.dispatchEvent(new CustomEvent("answering", { detail: those.map((one) => one.dataset.id) }));
}
