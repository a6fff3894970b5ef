// The list of threads on the page of a conversation.
import { elementOf } from "./dress.js";
import { on } from "./events.js";
import { shortened } from "./replies.js";
import { showLocal } from "./time.js";

export function startThreads() {
  const list = document.getElementById("threads");
  if (!list) return;
  const find = (root) => list.querySelector(`[data-root="${root}"]`);
  on("thread.new", ({ conversation_id: conversation, root_id: root, html }) => {
    if (conversation !== document.body.dataset.conversation || find(root)) return;
    list.prepend(elementOf(html));
    document.getElementById("no-threads").hidden = true;
  });
  on("thread.updated", ({ root_id: root, html }) => find(root)?.replaceWith(elementOf(html)));
  for (const kind of ["message.updated", "message.deleted", "message.restored"]) {
    on(kind, ({ message }) => message.id === message.root_id && retell(find(message.id), message.content));
  }
  on("message.new", ({ root_id: root, message }) => {
    const item = find(root);
    if (item && message.id !== root) grow(list, item, message);
  });
}

/** The first words of a thread without a title. */
function retell(item, text) {
  const line = item?.querySelector(".thread__excerpt:not([data-title])");
  if (line) line.textContent = shortened(text ?? "", 160) || "This message was deleted.";
}

function grow(list, item, message) {
  const time = item.querySelector("time");
  if (new Date(message.created_at) <= new Date(time.dateTime)) return;
  const count = item.querySelector(".thread__count");
  count.dataset.count = Number(count.dataset.count) + 1;
  count.textContent = `${count.dataset.count} messages`;
  time.dateTime = message.created_at;
  showLocal(time);
  list.prepend(item);
}
