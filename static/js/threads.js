// The list of threads on the page of a conversation.
import { elementOf } from "./dress.js";
import { on } from "./events.js";
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
  on("message.new", ({ root_id: root, message }) => {
    const item = find(root);
    if (item && message.id !== root) grow(list, item, message);
  });
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
