// "Earlier messages" without leaving the page.
import { dress } from "./dress.js";

export function startEarlier() {
  const link = document.getElementById("earlier");
  link?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(link);
  });
}

async function load(link) {
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    prepend(new DOMParser().parseFromString(await answer.text(), "text/html"), link);
  } catch {
    location.assign(link.href);
  }
}

function prepend(page, link) {
  const list = document.getElementById("messages");
  list.querySelector(":scope > .new-line--above")?.remove(); // the page above has it, or the place itself
  const first = list.firstElementChild;
  const top = first.getBoundingClientRect().top;
  const found = [...page.querySelectorAll("#messages > *")].filter((part) => !document.getElementById(part.id));
  for (const part of found) dress(part);
  list.prepend(...found.map((part) => document.adoptNode(part)));
  const more = page.getElementById("earlier");
  link.removeAttribute("aria-busy");
  if (more) link.href = more.getAttribute("href");
  else link.parentElement.remove();
  scrollBy(0, first.getBoundingClientRect().top - top);
}
