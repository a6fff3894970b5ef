// Times of the reader's own zone and language.
const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const year = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) showLocal(time);
}

export function showLocal(time) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) return;
  time.textContent = short(at, new Date());
  time.title = full.format(at);
}

function short(at, now) {
  if (at.toDateString() === now.toDateString()) return hour.format(at);
  const date = at.getFullYear() === now.getFullYear() ? day : year;
  return `${date.format(at)}, ${hour.format(at)}`;
}
