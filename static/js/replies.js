// A reply that does not answer the message right above it says whom it answers.
const LENGTH = 90;

export function linkToParent(element) {
  const { parent } = element.dataset;
  const above = previousMessage(element);
  if (!parent || !above || above.dataset.id === parent || element.querySelector(".message__to")) return;
  const found = document.getElementById(`m-${parent}`);
  const link = document.createElement("a");
  link.className = "message__to";
  link.href = found ? `#m-${parent}` : `/messages/${parent}`;
  link.textContent = found ? `↳ to ${found.dataset.author}: ${excerptOf(found)}` : "↳ to an earlier message";
  element.querySelector(".message__head").after(link);
}

function previousMessage(element) {
  let above = element.previousElementSibling;
  while (above && !above.dataset.id) above = above.previousElementSibling;
  return above;
}

export function excerptOf(message) {
  const text = (message.querySelector(".message__text")?.textContent ?? "").replace(/\s+/g, " ").trim();
  return text.length > LENGTH ? `${text.slice(0, LENGTH - 1).trimEnd()}…` : text;
}
