// Which actions the reader may take. Messages come alike for everybody, so what is not for this reader is taken away
// here; the server decides in any case.
const me = document.body.dataset.userId;
const page = document.getElementById("thread");
const writes = page?.dataset.writes === "true";
const moderates = ["owner", "admin"].includes(page?.dataset.role);

const RULES = {
  post: () => writes,
  edit: ({ authorId }) => writes && authorId === me,
  delete: ({ authorId, askedBy }) => page?.dataset.role !== "viewer" && (moderates || authorId === me || askedBy === me),
  keep: ({ askedBy }) => writes && (moderates || askedBy === me),
  decide: ({ askedBy }) => page?.dataset.role !== "viewer" && (moderates || askedBy === me),
  restore: ({ deletedBy }) => deletedBy === me,
};

export function permit(root) {
  for (const control of root.querySelectorAll("[data-may]")) {
    control.hidden = !RULES[control.dataset.may](control.closest(".message").dataset);
  }
  for (const name of root.querySelectorAll(".mention")) {
    name.classList.toggle("mention--own", [me, "all"].includes(name.dataset.user));
  }
}
