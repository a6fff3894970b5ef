// A reply that does not answer the message right above it says whom it answers.
const LENGTH = 90;

export function linkToParent(element) {
  const { parent } = element.dataset;
  if (element.closest(".comparison")) return;
  const above = previousMessage(element);
  if (!parent || !above || above.dataset.id === parent || element.querySelector(".message__to")) return;
  const found = document.getElementById(`m-${parent}`);
  const link = document.createElement("a");
  link.className = "message__to";
  link.href = found ? `#m-${parent}` : `/messages/${parent}`;
  link.textContent = found ? ["↳ to", `${found.dataset.author}:`, excerptOf(found)].join(" ").replace(/: $/, "") : "↳ to an earlier message";
  element.querySelector(".message__head").after(link);
}

/** A message has another text, or none: those who answer it say so. */
export function relink(id) {
  for (const answer of document.querySelectorAll(`.message[data-parent="${id}"]:has(.message__to)`)) {
    answer.querySelector(".message__to").remove();
    linkToParent(answer);
  }
}

function previousMessage(element) {
  let above = element.previousElementSibling;
  while (above && !above.dataset.id) above = above.previousElementSibling;
  return above;
}

/** The beginning of a message, without what it quotes if it says anything else. */
export function excerptOf(message) {
  const text = message.querySelector(".message__text");
  const own = [...(text?.childNodes ?? [])].filter((part) => part.nodeName !== "BLOCKQUOTE");
  const said = own.map((part) => part.textContent).join(" ").trim();
  return shortened(said || (text?.textContent ?? ""), LENGTH);
}

export function shortened(text, length) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1).trimEnd()}…` : line;
}
