// What happens to the conversation that this page shows: another name, the archive, and one's own part in it. Where the
// page is another one from then on it is loaded again: what is typed is in a draft, and its stream begins after the change.
import { on } from "./events.js";

const READ_FOR = 8000;
const here = document.body.dataset;

export function startConversation() {
  on("conversation.updated", ({ conversation }) => conversation.id === here.conversation && updated(conversation));
  on("membership.changed", (change) => {
    if (change.user_id !== here.userId || change.conversation_id !== here.conversation) return;
    if (change.action === "removed") leave();
    else if (change.action === "role_updated") roleChanged(change.role);
  });
}

function updated({ kind, title, archived_at: archivedAt }) {
  if (kind === "direct") return; // named after the other person
  for (const shown of document.querySelectorAll("[data-conversation-title]")) {
    document.title = document.title.replace(shown.textContent, () => title);
    shown.textContent = title;
  }
  if (Boolean(archivedAt) !== Boolean(document.getElementById("archived"))) location.reload();
}

function roleChanged(role) {
  const canWrite = document.getElementById("composer") !== null;
  const cannot = document.getElementById("reads-only") !== null;
  if (role === "viewer" ? canWrite : cannot) location.reload();
}

/** Nothing more comes, and nothing can be sent: say so, and go. */
function leave() {
  delete here.conversation;
  for (const form of document.querySelectorAll("main form")) form.hidden = true;
  const note = document.createElement("p");
  note.className = "notice notice--error";
  note.role = "alert";
  const link = document.createElement("a");
  link.href = "/";
  link.textContent = "Go to the first page";
  note.append("You are no longer in this conversation. ", link);
  document.querySelector(".top").append(note);
  setTimeout(() => location.assign("/"), READ_FOR);
}
