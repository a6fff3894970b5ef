// A button that copies a block of code.
export function addCopyButtons(root) {
  for (const block of root.querySelectorAll(".prose pre")) {
    if (block.parentElement.classList.contains("copyable")) continue;
    const frame = document.createElement("div");
    frame.className = "copyable";
    block.tabIndex = 0; // a block that is too wide is scrolled with the arrow keys
    block.replaceWith(frame);
    frame.append(block, button(block));
  }
}

function button(block) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "copyable__button";
  made.textContent = "Copy";
  made.addEventListener("click", () => copy(block, made));
  return made;
}

async function copy(block, shown) {
  try {
    await navigator.clipboard.writeText(block.textContent);
    shown.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(block); // no clipboard without HTTPS: one key is left to press
    shown.textContent = "Selected";
  }
  setTimeout(() => (shown.textContent = "Copy"), 2000);
}
