// Staying at the newest message, but only for who is there already.
const NEAR = 64;

// What makes the page longer asks later than the page has grown, so it is known from before.
let atEnd = true;
const look = () => (atEnd = nearEnd());
addEventListener("scroll", look, { passive: true });
addEventListener("wheel", (event) => event.deltaY < 0 && (atEnd = false), { passive: true });

function nearEnd() {
  const page = document.scrollingElement;
  return page.scrollHeight - page.scrollTop - page.clientHeight < NEAR;
}

/** Make the page longer, and stay at its end if the reader is there; says whether. */
export function follow(change) {
  const stay = atEnd;
  change();
  if (stay) toEnd();
  return stay;
}

export function toEnd() {
  const page = document.scrollingElement;
  page.scrollTop = page.scrollHeight;
  // Messages out of sight have estimated heights until they are seen.
  requestAnimationFrame(() => (page.scrollTop = page.scrollHeight));
}

/** The button that says there is more below. */
export function startNewest() {
  const button = document.getElementById("to-newest");
  if (!button) return { show() {} };
  const update = () => nearEnd() && (button.hidden = true);
  addEventListener("scroll", update, { passive: true });
  button.addEventListener("click", () => {
    toEnd();
    button.hidden = true;
    document.getElementById("content")?.focus({ preventScroll: true });
  });
  return { show: () => (button.hidden = false) };
}
