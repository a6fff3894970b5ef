// Answers that are compared stand beside each other, until one of them is kept.
import { on } from "./events.js";

const page = document.getElementById("thread");
const list = document.getElementById("messages");

const columnsOf = (id) => list.querySelector(`.comparison[data-comparison="${id}"]`);

export function startComparisons() {
  on("comparison.ended", ended);
}

/** Where a message goes that follows `before` in the order of time: into the columns of its comparison, or behind others. */
export function put(element, before) {
  const { comparison } = element.dataset;
  if (comparison && columnsOf(comparison)) return columnsOf(comparison).append(element);
  const place = before?.closest(".comparison") ?? before;
  const part = comparison ? columns(element, comparison) : element;
  if (place) place.after(part);
  else list.prepend(part);
}

function columns(element, id) {
  const made = document.createElement("div");
  made.className = "comparison";
  made.dataset.comparison = id;
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", "Answers to compare");
  made.append(element);
  return made;
}

/** Where one branch is shown it is the server that knows which one now. */
function ended({ comparison_id: id, message_id: kept }) {
  const shown = columnsOf(id);
  if (!shown) return;
  if (page.hasAttribute("data-branch")) {
    history.replaceState(null, "", `${location.pathname}#m-${kept}`);
    return location.reload();
  }
  for (const control of shown.querySelectorAll('[data-act="keep"]')) control.remove();
  for (const message of shown.querySelectorAll(".message")) message.dataset.comparison = "";
  shown.replaceWith(...shown.childNodes);
}
