// How much is unread, wherever an element names a conversation or a thread in data-counts. The server counts; between
// two of its answers every message of somebody else adds one.
import { on } from "./events.js";
import { get } from "./http.js";
import { isReading } from "./read.js";

const PAUSE = 400;
const here = document.body.dataset;
const counts = new Map(); // conversation or root -> { unread, mentions }
const included = new Map(); // conversation -> the seq up to which its messages are counted
const asking = new Map();

export function startUnread() {
  learn(document);
  new MutationObserver(entitle).observe(document.querySelector("title"), { childList: true });
  on("message.new", came);
  on("unread.update", read);
  on("thread.new", paint);
  on("thread.updated", paint);
  for (const kind of ["message.updated", "message.deleted", "message.restored"]) on(kind, changed);
}

/** Numbers that the server put on the page. */
export function learn(part) {
  for (const { dataset } of part.querySelectorAll("[data-counts][data-unread]")) {
    counts.set(dataset.counts, { unread: Number(dataset.unread), mentions: Number(dataset.mentions) });
    if (dataset.seq) included.set(dataset.counts, Number(dataset.seq));
  }
  paint();
}

const known = (id) => counts.get(id) ?? { unread: 0, mentions: 0 };

function came({ conversation_id: id, root_id: root, message }) {
  if (message.seq <= (included.get(id) ?? 0)) return;
  included.set(id, message.seq);
  const isSeen = isReading(root) && document.getElementById(`m-${message.id}`);
  if (message.author.id === here.userId || isSeen) return;
  const named = message.mentions_all || message.mentions.some(({ id: user }) => user === here.userId) ? 1 : 0;
  for (const place of [id, root]) {
    const { unread, mentions } = known(place);
    counts.set(place, { unread: unread + 1, mentions: mentions + named });
  }
  paint();
}

/** Read here or in another window. What was said meanwhile is counted anew. */
function read({ conversation_id: id, root_id: root, unread, mentions, conversation_unread: all, conversation_mentions: named, seq }) {
  if ((included.get(id) ?? 0) > seq) return ask(id);
  included.set(id, seq);
  counts.set(id, { unread: all, mentions: named });
  if (root) counts.set(root, { unread, mentions });
  else for (const place of threadsOf(id)) counts.delete(place);
  paint();
}

function threadsOf(id) {
  return [...document.querySelectorAll(`a[href^="/c/${id}/t/"] [data-counts]`)].map((element) => element.dataset.counts);
}

function changed({ conversation_id: id, message }) {
  if (message.author.id !== here.userId && (known(id).unread || !message.deleted_at)) ask(id);
}

/** Count again, once for many reasons, and not in the same moment as everybody else. */
function ask(id) {
  clearTimeout(asking.get(id));
  asking.set(id, setTimeout(() => count(id), PAUSE * (1 + Math.random())));
}

async function count(id) {
  const found = await get(`/api/conversations/${id}/unread`).catch(() => null);
  if (!found) return;
  if (found.seq < (included.get(id) ?? 0)) return ask(id);
  included.set(id, found.seq);
  counts.set(id, found);
  for (const place of threadsOf(id)) counts.delete(place);
  for (const thread of found.threads) counts.set(thread.root_id, thread);
  paint();
}

function paint() {
  for (const element of document.querySelectorAll("[data-counts]")) show(element, known(element.dataset.counts));
  for (const form of document.querySelectorAll("[data-read-all]")) form.hidden = !known(form.dataset.readAll).unread;
  for (const part of document.querySelectorAll("[data-when-unread]")) part.hidden = !known(part.dataset.whenUnread).unread;
  entitle();
}

const most = (number) => (number > 99 ? "99+" : String(number));

function show(element, numbers) {
  for (const kind of ["unread", "mentions"]) {
    const badge = element.querySelector(`.counts__${kind}`);
    badge.hidden = !numbers[kind];
    badge.querySelector(".counts__number").textContent = most(numbers[kind]);
  }
}

/** The number of all that is unread, in front of the title of the page. */
function entitle() {
  const total = [...included.keys()].reduce((sum, id) => sum + known(id).unread, 0);
  const bare = document.title.replace(/^\(\d+\+?\) /, "");
  const title = total ? `(${most(total)}) ${bare}` : bare;
  if (document.title !== title) document.title = title;
}
