// Where one branch of a thread is shown at a time: what belongs to another one only counts up the versions.
import { elementOf } from "./dress.js";

const list = document.getElementById("messages");
const me = document.body.dataset.userId;
const isBranch = document.getElementById("thread")?.hasAttribute("data-branch");

/** Does a new message belong below what is shown? */
export function continues(message) {
  if (!isBranch) return true;
  const last = [...list.querySelectorAll(".message[data-id]")].at(-1);
  if (!last) return false;
  const { id, comparison } = last.dataset;
  if (comparison && comparison === message.comparison_id) return true;
  const ends = comparison ? [...last.parentElement.children].map((one) => one.dataset.id) : [id];
  return ends.includes(message.parent_id);
}

/** A message of another branch. One's own leads there: the server has moved what one looks at. */
export function besides(message, html) {
  if (message.author.id === me || message.requested_by === me) return leave(message);
  const shown = list.querySelector(`.message[data-parent="${message.parent_id}"]`);
  if (shown && message.parent_id) countUp(shown, message, html);
}

/** Another version of the first question has begun a thread of its own. */
export function versions(message, html) {
  const first = list?.querySelector('.message[data-parent=""][data-id]');
  if (isBranch && first && message.version_of === (first.dataset.versionOf || first.dataset.id)) countUp(first, message, html);
}

function countUp(shown, message, html) {
  const line = elementOf(html).querySelector(".message__siblings");
  const place = Number(shown.querySelector(".message__siblings")?.dataset.index ?? 0);
  line.dataset.index = place;
  line.querySelector(".message__place").textContent = `${place + 1} / ${message.siblings.count}`;
  line.setAttribute("aria-label", `Version ${place + 1} of ${message.siblings.count}`);
  line.querySelectorAll("button").forEach((button, n) => {
    button.setAttribute("formaction", `/messages/${shown.dataset.id}/select?step=${n ? 1 : -1}`);
    button.disabled = n ? place + 1 >= message.siblings.count : place === 0;
  });
  shown.querySelector(".message__siblings")?.remove();
  shown.querySelector(".message__actions").prepend(line);
}

function leave(message) {
  history.replaceState(null, "", `${location.pathname}#m-${message.id}`);
  location.reload();
}
