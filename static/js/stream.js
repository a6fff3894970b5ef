// The live connection of the page. The browser reconnects by itself after a cut, with Last-Event-ID; after an answer
// that is an HTTP error it does not, so we do, from the last id that we saw.
import { kinds, tell } from "./events.js";
import { reloadState } from "./reload.js";
import { signedOut } from "./http.js";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30000;

let position = document.body.dataset.since;
let pause = FIRST_PAUSE;
let source = null;

export function startStream() {
  if ("silent" in document.body.dataset) return; // the server has no live updates
  open();
  addEventListener("online", () => source?.readyState === EventSource.CLOSED && open());
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && open());
}

function open() {
  source?.close();
  state("opening");
  source = new EventSource(`/stream?since=${encodeURIComponent(position)}`);
  source.onopen = opened;
  source.onerror = cut;
  for (const kind of kinds()) source.addEventListener(kind, hear);
  source.addEventListener("resync", () => reloadState());
}

function opened() {
  pause = FIRST_PAUSE;
  state("open");
  document.dispatchEvent(new Event("streamopen"));
}

function hear(event) {
  if (event.lastEventId) position = event.lastEventId;
  tell(event.type, JSON.parse(event.data).payload);
}

function cut() {
  const refused = source.readyState === EventSource.CLOSED;
  state("closed");
  if (refused) again();
}

async function again() {
  await new Promise((done) => setTimeout(done, pause));
  pause = Math.min(pause * 2, LONGEST_PAUSE);
  if (source.readyState !== EventSource.CLOSED) return;
  if (await signedOut()) showSignedOut();
  else open();
}

let told = null;

function state(name) {
  document.body.dataset.stream = name;
  clearTimeout(told);
  const notice = document.getElementById("offline");
  if (name === "open") notice.hidden = true;
  // A cut of a moment is nobody's business.
  else told = setTimeout(() => show("The connection is interrupted. It comes back by itself."), 3000);
}

function show(text) {
  const notice = document.getElementById("offline");
  notice.textContent = text;
  notice.hidden = false;
}

function showSignedOut() {
  state("signed-out");
  clearTimeout(told);
  show("You have been signed out. What you typed is kept. ");
  const link = document.createElement("a");
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = "Sign in again";
  document.getElementById("offline").append(link);
}
