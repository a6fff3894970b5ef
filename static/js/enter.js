// What Enter means in a field for messages.
export const touch = matchMedia("(hover: none) and (pointer: coarse)");

/** Does this key send? A keyboard on glass has no Shift+Enter; there the button sends. */
export function sendsNow(event) {
  // While an input method composes, Enter chooses a word; 229 is how some browsers say so.
  const composes = event.isComposing || event.keyCode === 229;
  return event.key === "Enter" && !event.shiftKey && !composes && !touch.matches;
}
