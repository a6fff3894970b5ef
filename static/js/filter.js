// Finding somebody in a list while typing; without scripts a button asks the server.
export function startFilter() {
  for (const field of document.querySelectorAll("[data-filter]")) {
    const list = document.getElementById(field.dataset.filter);
    field.addEventListener("input", () => filter(list, field.value.trim().toLowerCase()));
    field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  }
}

function filter(list, text) {
  for (const item of list.querySelectorAll("[data-name]")) {
    item.hidden = !item.dataset.name.includes(text) && !item.querySelector(":checked");
  }
}
