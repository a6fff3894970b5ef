// Recovery codes on paper or in the clipboard.
const ACTS = {
  print: () => window.print(),
  async copy(button) {
    const list = document.getElementById("recovery-codes");
    try {
      await navigator.clipboard.writeText([...list.children].map((item) => item.textContent).join("\n"));
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(list); // no clipboard without HTTPS: one key is left to press
      button.textContent = "Selected";
    }
  },
};

for (const button of document.querySelectorAll("[data-recovery]")) {
  button.hidden = false;
  button.addEventListener("click", () => ACTS[button.dataset.recovery](button));
}
