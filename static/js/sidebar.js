// The list of conversations: what moved goes to the top, what is unknown is fetched.
import { on } from "./events.js";
import { learn } from "./unread.js";

const list = document.getElementById("conversation-list");
const here = document.body.dataset;
let timer = 0;

export function startSidebar() {
  on("message.new", ({ conversation_id: id }) => moved(id));
  for (const kind of ["thread.new", "thread.updated"]) on(kind, ({ conversation_id: id }) => id === here.conversation && refresh());
  for (const kind of ["message.updated", "message.deleted", "message.restored"]) {
    on(kind, ({ conversation_id: id, message }) => id === here.conversation && message.id === message.root_id && refresh());
  }
  on("membership.changed", ({ user_id: user }) => user === here.userId && refresh());
  on("conversation.updated", refresh);
}

function moved(id) {
  const item = find(id);
  if (!item) return refresh();
  if (item.parentElement.firstElementChild !== item) item.parentElement.prepend(item);
}

const find = (id) => list.querySelector(`[data-conversation="${id}"]`);

/** Ask for the list again, once for many reasons at the same moment. */
function refresh() {
  clearTimeout(timer);
  timer = setTimeout(load, 150);
}

async function load() {
  const query = new URLSearchParams({ conversation: here.conversation ?? "", root: here.root ?? "" });
  const answer = await fetch(`/sidebar?${query}`).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const focused = document.activeElement?.getAttribute("href");
  const held = list.contains(document.activeElement);
  list.innerHTML = await answer.text();
  learn(list);
  if (held) list.querySelector(`[href="${focused}"]`)?.focus();
}
