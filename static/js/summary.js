// What was missed, while a model writes it: the part of the page that holds it is asked for again when there is more.
import { announce } from "./announce.js";
import { elementOf } from "./dress.js";
import { on } from "./events.js";

// For the event that was lost, or a server without live updates.
const PAUSE = 5000;
const grows = new Set(["waiting", "writing"]);

export function startSummary() {
  if (!current()) return;
  for (const kind of ["summary.progress", "summary.done"]) on(kind, ({ id }) => id === current().dataset.id && load());
  later();
}

const current = () => document.getElementById("summary");

function later() {
  if (grows.has(current().dataset.state)) setTimeout(() => load().then(later), PAUSE);
}

async function load() {
  const old = current();
  if (!grows.has(old.dataset.state)) return;
  const query = new URLSearchParams({ part: "summary", root_id: old.dataset.rootId });
  const answer = await fetch(`${location.pathname}?${query}`).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const made = elementOf(await answer.text());
  if (!old.isConnected) return;
  old.replaceWith(made);
  if (!grows.has(made.dataset.state)) announce(made.textContent.replace(/\s+/g, " ").trim());
}
