// Lets a person reword lines; only changed lines are sent.

export function connectEdits() {
  const form = document.getElementById("edits");
  const bar = document.getElementById("edit-bar");
  if (!form || !bar) return { dirty: () => false };
  const areas = [...form.querySelectorAll("textarea")];
  let sending = false;

  const isChanged = (area) => !area.hidden && area.value.trim() !== area.defaultValue.trim();

  const update = () => {
    const changed = areas.filter(isChanged).length;
    const empty = areas.some((area) => isChanged(area) && area.value.trim() === "");
    bar.hidden = areas.every((area) => area.hidden);
    form.querySelector("#edit-count").textContent =
      changed === 1 ? "1 line changed" : `${changed} lines changed`;
    bar.querySelector("button.primary").disabled = changed === 0 || empty;
  };

  const open = (area, isOpen) => {
    area.hidden = !isOpen;
    area.disabled = !isOpen;
    area.closest("td").querySelector(".text").hidden = isOpen;
    area.closest("tr").querySelector(".edit-line").textContent = isOpen ? "Undo" : "Edit";
    if (!isOpen) area.value = area.defaultValue;
    if (isOpen) area.focus();
    update();
  };

  for (const area of areas) {
    const button = area.closest("tr").querySelector(".edit-line");
    button.addEventListener("click", () => open(area, area.hidden));
    area.addEventListener("input", update);
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      open(area, false);
      button.focus();
    });
  }
  form.querySelector("#discard").addEventListener("click", () => {
    for (const area of areas) open(area, false);
  });
  form.addEventListener("submit", () => {
    sending = true;
    for (const area of areas) area.disabled = !isChanged(area);
    bar.querySelector("button.primary").textContent = "Starting ...";
  });
  const dirty = () => areas.some(isChanged);
  window.addEventListener("beforeunload", (event) => {
    if (dirty() && !sending) event.preventDefault();
  });
  return { dirty };
}
