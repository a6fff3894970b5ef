// Times of the reader's own zone and language: those of the settings, else the browser's.
const { locale, timeZone } = document.documentElement.dataset;
const format = (options) => {
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat(undefined, options); // a zone that this browser does not know
  }
};
const hour = format({ hour: "2-digit", minute: "2-digit" });
const day = format({ day: "numeric", month: "short" });
const year = format({ day: "numeric", month: "short", year: "numeric" });
const full = format({ dateStyle: "full", timeStyle: "medium" });
const date = format({ year: "numeric", month: "numeric", day: "numeric" });

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
  if (date.format(at) === date.format(now)) return hour.format(at);
  const long = at.getFullYear() === now.getFullYear() ? day : year;
  return `${long.format(at)}, ${hour.format(at)}`;
}
