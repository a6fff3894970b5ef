// The list of who is here closes like every other menu.
export function startPeople() {
  const people = document.querySelector(".people");
  if (!people) return;
  document.addEventListener("click", (event) => people.contains(event.target) || (people.open = false));
  people.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !people.open) return;
    people.open = false;
    people.querySelector("summary").focus();
  });
}
