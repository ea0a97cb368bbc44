// Finds customers by the beginning, or any part, of their ids: a combobox with a list of its own.
const search = {
  box: byId("find"), list: byId("found"), found: [], active: -1, most: 8,

  open() {
    const wanted = this.box.value.trim().toLowerCase();
    this.found = wanted ? this.look(wanted) : [];
    this.active = this.found.length ? 0 : -1;
    this.list.replaceChildren();
    this.found.forEach((k, j) => {
      const item = element(this.list, "li", this.name(k) + (k < N ? "" : " (not drawn)"));
      item.id = `found-${j}`;
      item.setAttribute("role", "option");
      // Before the box loses the focus, which closes the list.
      item.addEventListener("pointerdown", event => { event.preventDefault(); this.take(k); });
    });
    if (wanted && !this.found.length) byId("count").textContent = "No customer of this page has such an id.";
    this.mark();
  },

  name: k => k < N ? column.id[k] : column.other[k - N],

  look(wanted) {
    const begins = [], within = [];
    for (let k = 0; k < N + column.other.length; k++) {
      const name = this.name(k).toLowerCase(), at = name.indexOf(wanted);
      if (name === wanted) begins.unshift(k);
      else if (at === 0) begins.push(k);
      else if (at > 0 && within.length < this.most) within.push(k);
    }
    return [...begins, ...within].slice(0, this.most);
  },

  mark() {
    [...this.list.children].forEach((item, j) => item.setAttribute("aria-selected", String(j === this.active)));
    this.list.hidden = !this.found.length;
    this.box.setAttribute("aria-expanded", String(!this.list.hidden));
    if (this.active >= 0) this.box.setAttribute("aria-activedescendant", `found-${this.active}`);
    else this.box.removeAttribute("aria-activedescendant");
  },

  close() { this.found = []; this.active = -1; this.list.replaceChildren(); this.mark(); },

  take(k) {
    this.close();
    this.box.value = this.name(k);
    if (k < N) select(k, true);
    else { select(-1); absent(k - N); details(); byId("count").textContent = "This customer is not drawn."; }
  },

  start() {
    this.box.addEventListener("input", () => this.open());
    this.box.addEventListener("focus", () => this.box.select());
    this.box.addEventListener("blur", () => this.close());
    this.box.addEventListener("keydown", event => {
      const count = this.found.length;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!count) this.open();
        else this.active = (this.active + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
        this.mark();
        event.preventDefault();
      } else if (event.key === "Enter") {
        if (!count) this.open();
        if (this.active >= 0) this.take(this.found[this.active]);
        event.preventDefault();
      } else if (event.key === "Escape" && count) {
        this.close();
        event.stopPropagation();
      }
    });
  },
};
