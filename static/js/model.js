// What the local model is doing: a line above the conversation, and at answers that wait for it.
import { on } from "./events.js";

const section = document.getElementById("model");
let status = { state: section?.dataset.state ?? "none", done_bytes: 0, total_bytes: 0 };

export function startModel() {
  if (!section) return;
  const bar = section.querySelector("progress");
  status = { ...status, done_bytes: bar.value, total_bytes: bar.max };
  on("model.status", show);
}

function show(given) {
  status = given;
  const text = sentence();
  section.hidden = !text;
  section.dataset.state = status.state;
  section.querySelector(".model__text").textContent = text;
  const bar = section.querySelector("progress");
  bar.hidden = status.state !== "fetching";
  bar.max = status.total_bytes || 1;
  bar.value = status.done_bytes;
  document.querySelectorAll('.message[data-status="streaming"]').forEach(showWaiting);
}

function sentence() {
  switch (status.state) {
    case "waiting": return "The model is being prepared …";
    case "fetching": return `Fetching the model ${status.name}: ${percent()} (${size(status.done_bytes)} of ${size(status.total_bytes)})`;
    case "loading": return `Loading the model ${status.name} …`;
    case "failed": return `The model could not be started. ${status.detail}`;
    case "none": return "No model is set up, so assistants cannot answer. People can talk.";
    default: return "";
  }
}

const percent = () => `${Math.floor((100 * status.done_bytes) / (status.total_bytes || 1))} %`;
const size = (bytes) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(0)} MB`);

/** Say at an answer that has no text yet what it waits for. */
export function showWaiting(message) {
  const place = message.querySelector(".message__waiting-text");
  if (place) place.textContent = waiting(place.parentElement.dataset.inLine);
}

function waiting(inLine) {
  switch (status.state) {
    case "waiting": return "Waiting for the model …";
    case "fetching": return `Waiting for the model — ${percent()} fetched`;
    case "loading": return "Waiting for the model — it is being loaded";
    case "failed": return "The model could not be started";
    default: return inLine || "Thinking…";
  }
}
