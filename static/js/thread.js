// The open thread: new messages, growing answers, finished ones.
import { announce } from "./announce.js";
import { elementOf } from "./dress.js";
import { on } from "./events.js";
import { Growing } from "./growing.js";
import { startActions } from "./actions.js";
import { startEarlier } from "./earlier.js";
import { showWaiting } from "./model.js";
import { linkToParent } from "./replies.js";
import { follow, startNewest, startScroll } from "./scroll.js";

const page = document.getElementById("thread");
const list = document.getElementById("messages");
const root = document.body.dataset.root;
const growing = new Map();
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
  startActions(list);
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
  if (place !== root || page.dataset.tail !== "true" || messageById(message.id)) return;
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
  const after = [...list.querySelectorAll(".message[data-seq]")].findLast((other) => Number(other.dataset.seq) < seq);
  if (after) after.after(element);
  else list.prepend(element);
}

function done({ message_id: id, message, html }) {
  const old = messageById(id);
  growing.delete(id);
  if (!old) return;
  const element = elementOf(html);
  const focused = old.contains(document.activeElement);
  const stayed = follow(() => {
    old.replaceWith(element);
    linkToParent(element);
  });
  stopButton();
  if (focused) document.getElementById("content")?.focus({ preventScroll: true });
  if (!stayed) newest.show();
  if (old.dataset.status === "streaming") announce(`${message.author.display_name}: ${spoken(element)}`);
}

const spoken = (element) =>
  [...element.querySelectorAll(".message__text, .message__ending")].map((part) => part.textContent).join(" ").trim();

/** While an answer grows the composer offers to stop it. */
function stopButton() {
  const last = list.querySelector('.message[data-status="streaming"]');
  document.dispatchEvent(new CustomEvent("answering", { detail: last?.dataset.id ?? null }));
}
