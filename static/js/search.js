// `/` jumps to the search box, as long as nobody is typing something else.
export function startSearch() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const box = document.querySelector("#search-q") ?? document.querySelector("[data-search]");
    if (!box) return;
    event.preventDefault();
    // On a phone the list is a view of its own.
    if (!box.checkVisibility()) location.hash = "conversations";
    box.focus();
    box.select();
  });
}
