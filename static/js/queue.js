// Where an answer waits for its turn, said at the answer, and to a screen reader when it begins to wait and when it is next.
import { announce } from "./announce.js";
import { on } from "./events.js";
import { showWaiting } from "./model.js";

export function startQueue() {
  on("answer.queued", show);
  on("message.snapshot", show);
}

function show({ message_id: id, in_line: inLine }) {
  const message = document.getElementById(`m-${id}`);
  const waits = message?.querySelector(".message__waiting");
  if (!waits) return;
  const before = waits.dataset.inLine;
  waits.dataset.inLine = inLine;
  waits.hidden = !inLine && hasText(message);
  showWaiting(message);
  const isNews = inLine && inLine !== before && (!before || inLine.includes("next"));
  if (isNews && message.dataset.askedBy === document.body.dataset.userId) announce(inLine);
}

const hasText = (message) => message.querySelector(".message__text").textContent.trim() !== "";
