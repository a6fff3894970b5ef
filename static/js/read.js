// A thread is read when its end is in view, in the window that somebody looks at.
import { on, tell } from "./events.js";
import { post } from "./http.js";

const PAUSE = 500;
// What lies behind the field at the foot is not in view.
const FOOT = "0px 0px -56px 0px";

const here = document.body.dataset;
const page = document.getElementById("thread");
let atEnd = false;
let mark = Number(page?.dataset.readSeq ?? 0);
let timer = 0;

const isLookedAt = () => document.visibilityState === "visible" && document.hasFocus();

/** Is somebody looking at the end of this thread right now? */
export const isReading = (root) => atEnd && root === here.root && isLookedAt();

export function startRead() {
  for (const form of document.querySelectorAll("[data-read-all]")) form.addEventListener("submit", readAll);
  if (page?.dataset.tail !== "true") return;
  new IntersectionObserver(seen, { rootMargin: FOOT }).observe(document.getElementById("thread-end"));
  new MutationObserver(soon).observe(document.getElementById("messages"), { childList: true });
  addEventListener("focus", soon);
  document.addEventListener("visibilitychange", soon);
  on("unread.update", ({ root_id: root, unread }) => root === here.root && !unread && (mark = Math.max(mark, newest()?.seq ?? 0)));
}

function seen(entries) {
  atEnd = entries.at(-1).isIntersecting;
  soon();
}

function soon() {
  clearTimeout(timer);
  if (isReading(here.root)) timer = setTimeout(read, PAUSE);
}

/** The newest message of somebody else on the page. */
function newest() {
  const others = [...page.querySelectorAll(".message[data-seq]")].filter((item) => item.dataset.authorId !== here.userId);
  const found = others.map(({ dataset }) => ({ id: dataset.id, seq: Number(dataset.seq) }));
  return found.reduce((most, item) => (item.seq > (most?.seq ?? 0) ? item : most), null);
}

async function read() {
  const last = newest();
  if (!last || last.seq <= mark || !isReading(here.root)) return;
  try {
    const said = await post(`/api/threads/${here.root}/read`, { message_id: last.id });
    mark = Math.max(mark, last.seq);
    tell("unread.update", said);
  } catch {
    // The next look at the page tries again.
  }
}

async function readAll(event) {
  event.preventDefault();
  const id = event.target.dataset.readAll;
  try {
    tell("unread.update", await post(`/api/conversations/${id}/read`));
  } catch {
    event.target.submit();
  }
}
