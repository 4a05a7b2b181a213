// A menu of which one thing is chosen, for pointer, keyboard and screen reader (WAI-ARIA: menu button).

export class Menu {
  // `entries` are {value, name, kind}; `onChoose(value)` is called when a person chooses.
  constructor(holder, label, entries, onChoose) {
    this.holder = holder;
    this.button = holder.querySelector("button");
    this.onChoose = onChoose;
    this.list = document.createElement("div");
    this.list.className = "menu";
    this.list.setAttribute("role", "menu");
    this.list.setAttribute("aria-label", label);
    this.list.hidden = true;
    this.items = entries.map((entry) => this.#item(entry));
    this.list.append(...this.items);
    holder.append(this.list);
    this.button.addEventListener("click", () => (this.list.hidden ? this.open() : this.close()));
    this.button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
      event.preventDefault();
      this.open();
    });
    this.list.addEventListener("keydown", (event) => this.#move(event));
    document.addEventListener("pointerdown", (event) => {
      if (!holder.contains(event.target)) this.close({ focus: false });
    });
    holder.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !holder.contains(event.relatedTarget)) this.close({ focus: false });
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  open() {
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    const chosen = this.items.find((item) => item.getAttribute("aria-checked") === "true");
    (chosen ?? this.items[0])?.focus();
  }

  close({ focus = true } = {}) {
    if (!this.isOpen) return;
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (focus) this.button.focus();
  }

  show(value) {
    for (const item of this.items) item.setAttribute("aria-checked", String(item.dataset.value === value));
  }

  #item({ value, name, kind, lang }) {
    const item = document.createElement("button");
    item.type = "button";
    item.dataset.value = value;
    item.setAttribute("role", "menuitemradio");
    item.setAttribute("aria-checked", "false");
    item.tabIndex = -1;
    const text = document.createElement("span");
    text.textContent = name;
    if (lang) text.lang = lang;
    item.append(text);
    if (kind) {
      const badge = document.createElement("span");
      badge.className = "kind";
      badge.textContent = kind;
      item.append(" ", badge);
    }
    item.addEventListener("click", () => {
      this.close();
      this.onChoose(value);
    });
    return item;
  }

  #move(event) {
    const at = this.items.indexOf(document.activeElement);
    const last = this.items.length - 1;
    const places = {
      ArrowDown: at === last ? 0 : at + 1,
      ArrowUp: at <= 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    if (event.key === "Escape") this.close();
    else if (event.key in places) this.items[places[event.key]].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
