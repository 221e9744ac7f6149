// What was followed and what happened, the newest first, with thumbnails.
import { make, setText } from "./dom.js";

function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

export class Tracks {
  #known = new Map();

  constructor(place, nothing) {
    this.place = place;
    this.nothing = nothing;
  }

  clear() {
    this.#known.clear();
    this.place.replaceChildren();
  }

  update(source, rows) {
    this.nothing.hidden = rows.length > 0;
    const keys = new Set(rows.map((row) => `${row.kind}${row.id}`));
    for (const [key, item] of this.#known) {
      if (!keys.has(key)) {
        item.element.remove();
        this.#known.delete(key);
      }
    }
    rows.forEach((row, at) => {
      const key = `${row.kind}${row.id}`;
      const item = this.#known.get(key) ?? this.#add(key, row);
      if (row.pictured && !item.picture) {
        item.picture = make("img", { alt: `${row.label} ${row.id}`, loading: "lazy", src: `/api/sources/${source}/${row.kind}s/${row.id}.jpg` });
        item.blank.replaceWith(item.picture);
      }
      const score = row.score === null ? "" : ` ${row.score.toFixed(2)}`;
      setText(item.title, row.kind === "track" ? `#${row.id} ${row.label}${score}` : `${row.label}${score}`);
      setText(item.when, row.here ? `here since ${clock(row.first_s)}` : `${clock(row.first_s)} to ${clock(row.last_s)}`);
      if (this.place.children[at] !== item.element) this.place.insertBefore(item.element, this.place.children[at] ?? null);
    });
  }

  #add(key, row) {
    const item = { title: make("b"), when: make("small"), blank: make("span", { className: "blank" }), picture: null };
    item.element = make("li", { className: row.kind }, item.blank, make("p", {}, item.title, make("br"), item.when));
    this.#known.set(key, item);
    return item;
  }
}
