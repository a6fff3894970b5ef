// What a screen reader says: whole texts, politely, never single words of a growing answer.
export function announce(text) {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("announcer").append(line);
  setTimeout(() => line.remove(), 60000);
}
