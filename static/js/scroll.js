// Staying at the newest message, but only for who is there already.
const NEAR = 64;

// What makes the page longer asks later than the page has grown, so it is known from before.
let atEnd = false;
let top = 0;

const below = () => {
  const page = document.scrollingElement;
  return page.scrollHeight - page.scrollTop - page.clientHeight;
};

/** Going down to the end one need not be exact; going up a little is a wish to leave it. */
function look() {
  const now = document.scrollingElement.scrollTop;
  atEnd = below() < (now < top ? 2 : NEAR);
  top = now;
}

/** Begin at what is new or at the end, unless the address names another place; stay there when anything on the page grows. */
export function startScroll() {
  const unread = document.getElementById("new");
  if (!location.hash && !location.search) unread ? unread.scrollIntoView() : toEnd();
  if (location.hash.startsWith("#m-")) focusOn(document.getElementById(location.hash.slice(1)));
  addEventListener("scroll", look, { passive: true });
  new ResizeObserver(() => (atEnd ? toEnd() : look())).observe(document.getElementById("main"));
}

/** Who moves by keyboard, or hears the page, goes on from the message that the address names. */
function focusOn(message) {
  if (!message) return;
  message.tabIndex = -1;
  message.focus({ preventScroll: true });
  message.addEventListener("blur", () => message.removeAttribute("tabindex"), { once: true });
}

/** Make the page longer, and stay at its end if the reader is there; says whether. */
export function follow(change) {
  const stay = atEnd;
  change();
  if (stay) toEnd();
  return stay;
}

export function toEnd() {
  atEnd = true;
  settle(4);
}

// Messages out of sight have estimated heights until they are seen, so the end may move while we go there.
function settle(frames) {
  const page = document.scrollingElement;
  page.scrollTop = page.scrollHeight;
  if (frames) requestAnimationFrame(() => atEnd && settle(frames - 1));
}

/** The button that says there is more below. */
export function startNewest() {
  const button = document.getElementById("to-newest");
  if (!button) return { show() {} };
  const update = () => below() < NEAR && (button.hidden = true);
  addEventListener("scroll", update, { passive: true });
  button.addEventListener("click", () => {
    toEnd();
    button.hidden = true;
    document.getElementById("content")?.focus({ preventScroll: true });
  });
  return { show: () => (button.hidden = false) };
}
