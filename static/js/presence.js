// Says that somebody sits here, and shows who else does.
import { on } from "./events.js";
import { get, post } from "./http.js";
import { uuid } from "./uuid.js";

const BEAT = 30000;
const IDLE = 300000;
// Going to another page hides this one, too, and is no absence.
const HIDDEN = 5000;
// Nobody came back for so long: the server shall think so, too, and the session may end.
const LONGEST_IDLE = 3600000;
// The stream begins with everybody who is there; who is not named by then is not.
const SNAPSHOT = 1500;
const MOST_PAGES = 4;

const here = document.body.dataset;
const stale = new Set();
let touched = Date.now();
let said = "";
let timer = 0;

export function startPresence() {
  on("presence.update", show);
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) addEventListener(kind, touch, { passive: true, capture: true });
  document.addEventListener("visibilitychange", () => (document.hidden ? setTimeout(hid, HIDDEN) : touch()));
  document.addEventListener("streamopen", opened);
  document.querySelector(".people")?.addEventListener("toggle", ({ target }) => target.open && ask(here.conversation));
  timer = setInterval(beat, BEAT);
  beat();
}

const status = () => (document.hidden || Date.now() - touched > IDLE ? "away" : "online");

function touch() {
  touched = Date.now();
  if (said !== status()) beat();
}

function hid() {
  if (said !== status()) beat();
}

async function beat() {
  if (Date.now() - touched > LONGEST_IDLE) return;
  said = status();
  try {
    show(await post("/api/presence/heartbeat", { status: said, client_id: tab() }));
  } catch (error) {
    if (error.status === 401) clearInterval(timer);
  }
}

/** One id a tab, kept while it lives. */
function tab() {
  const known = sessionStorage.getItem("palaver.tab");
  if (known) return known;
  sessionStorage.setItem("palaver.tab", uuid());
  return tab();
}

const dots = (user) => document.querySelectorAll(user ? `[data-presence="${user}"]` : "[data-presence]");

function show({ user_id: user, status: name }) {
  stale.delete(user);
  for (const dot of dots(user)) {
    if (dot.classList.contains(`presence--${name}`)) continue;
    dot.className = `presence presence--${name}`;
    dot.firstElementChild.textContent = `(${name})`;
  }
}

/** The server named everybody who is there, or is about to; a stream opened behind our back makes us look online. */
function opened() {
  for (const dot of dots()) if (dot.dataset.presence !== here.userId) stale.add(dot.dataset.presence);
  setTimeout(() => {
    for (const user of stale) show({ user_id: user, status: "offline" });
    if (document.querySelector(".people[open]")) ask(here.conversation);
  }, SNAPSHOT);
  if (status() === "away") setTimeout(beat, SNAPSHOT);
}

/** In a large conversation nobody tells, so whoever looks asks. */
async function ask(conversation) {
  let after = "";
  for (let page = 0; page < MOST_PAGES && after !== null; page++) {
    const query = after ? `?limit=500&after=${after}` : "?limit=500";
    const answer = await get(`/api/conversations/${conversation}/presence${query}`).catch(() => null);
    answer?.items.forEach(show);
    after = answer?.next ?? null;
  }
}
