// Start over when the stream cannot be continued: the path of an error is the path of the start. What is typed is in a
// draft already. A server that asks for it again and again is given time.
const KEY = "palaver.reloaded";
const WINDOW = 60000;
const PAUSE = 10000;

let asked = false;

export function reloadState() {
  if (asked) return;
  asked = true;
  const now = Date.now();
  const before = JSON.parse(sessionStorage.getItem(KEY) ?? "[]").filter((at) => now - at < WINDOW);
  sessionStorage.setItem(KEY, JSON.stringify([...before, now]));
  setTimeout(() => location.reload(), before.length < 2 ? 0 : PAUSE * before.length);
}
