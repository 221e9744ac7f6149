// A control for each setting that a stage declares as changeable; its kind comes from the setting's JSON Schema.
import { tell } from "./api.js";
import { make, setText } from "./dom.js";

const SEND_AFTER_MS = 120;
const OWN_FOR_MS = 2000;
const SLIDER_NUMBER = 20, SLIDER_INTEGER = 500;  // a wider range has a field: a slider could not hit its small values
const OPEN_UP_TO = 5;  // settings of one stage that are shown without asking

function resolve(schema, defs) {
  const name = schema.$ref?.split("/").at(-1);
  return name ? { ...defs[name], ...schema, $ref: undefined } : schema;
}

// What a schema with alternatives comes to: one main kind, and words or nothing besides it.
function kindOf(schema, defs) {
  const whole = resolve(schema, defs);
  const choices = (whole.anyOf ?? whole.oneOf ?? [whole]).map((choice) => resolve(choice, defs));
  const words = choices.flatMap((choice) => ("const" in choice ? [choice.const] : choice.enum ?? []));
  const main = choices.find((choice) => !("const" in choice) && !choice.enum && choice.type && choice.type !== "null");
  return { main, words, empty: choices.some((choice) => choice.type === "null") };
}

function stepOf(main, least, most) {
  if (main.multipleOf) return main.multipleOf;
  if (main.type === "integer") return 1;
  return 10 ** Math.floor(Math.log10((most - least) / 50));
}

// min_score: "min score", timeout_s: "timeout (s)"
function labelOf(name) {
  return name.replace(/_(s|ms|px|fps|mb)$/, " ($1)").replaceAll("_", " ");
}

class Setting {
  #mine = -Infinity;
  #timer = 0;

  constructor(send, name, schema, defs) {
    this.send = send;
    this.id = `set-${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}`;
    this.wrong = make("span", { className: "wrong", id: `${this.id}-wrong`, role: "status" });
    this.about = make("span", { className: "about", id: `${this.id}-about` }, schema.description ?? "");
    const label = make("label", { for: this.id }, labelOf(name));
    this.element = make("div", { className: "setting" }, label, ...this.#controls(kindOf(schema, defs)), this.about, this.wrong);
    this.element.dataset.setting = name;
  }

  #controls({ main, words, empty }) {
    const described = { id: this.id, "aria-describedby": `${this.id}-about ${this.id}-wrong` };
    if (main?.type === "boolean") {
      const box = make("input", { type: "checkbox", role: "switch", ...described, onchange: () => this.#say(box.checked) });
      this.show = (value) => { box.checked = value; };
      return [box];
    }
    if (!main && words.length) {
      const list = make("select", { ...described, onchange: () => this.#say(words[list.selectedIndex]) }, ...words.map((word) => make("option", {}, String(word))));
      this.show = (value) => { list.selectedIndex = words.indexOf(value); };
      return [list];
    }
    if (main?.type === "integer" || main?.type === "number") return this.#numbers(main, [...words, ...(empty ? [null] : [])], described);
    if (main?.type === "string") {
      const line = make("input", { type: "text", ...described, onchange: () => this.#say(line.value === "" && empty ? null : line.value) });
      this.show = (value) => { line.value = value ?? ""; };
      return [line];
    }
    const shown = make("code", { id: this.id });
    this.show = (value) => setText(shown, JSON.stringify(value));
    return [shown];
  }

  #numbers(main, others, described) {
    const least = main.minimum ?? main.exclusiveMinimum;
    const most = main.maximum ?? main.exclusiveMaximum;
    const bounded = least !== undefined && most !== undefined && most - least <= (main.type === "integer" ? SLIDER_INTEGER : SLIDER_NUMBER);
    const field = make("input", { type: bounded ? "range" : "number", ...described });
    if (least !== undefined) field.min = least;
    if (most !== undefined) field.max = most;
    field.step = bounded ? stepOf(main, least, most) : main.type === "integer" ? 1 : "any";
    const shown = make("output", { for: this.id });
    const boxes = others.map((other) => make("input", { type: "checkbox", onchange: (event) => {
      field.disabled = event.target.checked;
      this.#say(event.target.checked ? other : Number(field.value || (least ?? 1)));
    } }));
    field.addEventListener("input", () => {
      if (field.value === "") return;
      setText(shown, bounded ? field.value : "");
      this.#say(Number(field.value));
    });
    this.show = (value) => {
      boxes.forEach((box, at) => { box.checked = others[at] === value; });
      field.disabled = others.includes(value);
      if (typeof value === "number") field.value = value;
      setText(shown, bounded ? String(value ?? "none") : "");
    };
    const checks = boxes.map((box, at) => make("label", { className: "check" }, box, others[at] === null ? "none" : String(others[at])));
    return bounded ? [make("span", { className: "pair" }, shown, ...checks), field] : [make("span", { className: "pair" }, field, ...checks)];
  }

  #say(value) {
    this.#mine = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      try {
        await this.send(value);
        setText(this.wrong, "");
      } catch (error) {
        setText(this.wrong, error.message);
        this.#mine = -Infinity;
      }
    }, SEND_AFTER_MS);
  }

  // What the server says, unless a hand is on it.
  update(value) {
    if (performance.now() - this.#mine > OWN_FOR_MS) this.show?.(value);
  }
}

export class Stage {
  #switched = -Infinity;

  constructor(source, row, line) {
    const address = `/api/sources/${source}/stages/${encodeURIComponent(row.name)}`;
    this.line = line;
    this.times = [];
    this.on = make("input", { type: "checkbox", role: "switch", "aria-label": `${row.name} on`, onchange: () => this.#turn(address) });
    this.ms = make("span", { className: "ms" });
    this.dead = make("span", { className: "dead", hidden: true }, "▲ does not run");
    this.wrong = make("p", { className: "wrong", role: "status" });
    const title = make("h3", {}, row.name, row.use && row.use !== row.name ? make("small", {}, ` ${row.use}`) : "");
    const top = make("div", { className: "top" }, this.on, title, this.dead, this.ms);
    this.settings = new Map(Object.entries(row.properties).map(([name, schema]) => {
      const send = (value) => tell(`${address}/settings`, { setting: name, value });
      return [name, new Setting(send, name, schema, row.defs)];
    }));
    const controls = [...this.settings.values()].map((setting) => setting.element);
    const count = controls.length === 1 ? "1 setting" : `${controls.length} settings`;
    const all = make("details", { open: controls.length <= OPEN_UP_TO, hidden: !controls.length }, make("summary", {}, count), ...controls);
    this.element = make("div", { className: "stage" }, top, line.element, this.wrong, all);
    this.element.dataset.stage = row.name;
  }

  async #turn(address) {
    this.#switched = performance.now();
    try {
      await tell(`${address}/switch`, { on: this.on.checked });
      setText(this.wrong, "");
    } catch (error) {
      this.#switched = -Infinity;
      setText(this.wrong, error.message);
    }
  }

  update(row, times, most) {
    if (performance.now() - this.#switched > OWN_FOR_MS) this.on.checked = row.on;
    this.on.hidden = !row.can_switch;
    this.dead.hidden = row.alive || !row.on;
    setText(this.ms, row.on ? `${row.ms.toFixed(1)} ms, worst ${row.worst_ms.toFixed(0)}` : "off");
    this.line.draw([times], most);
    for (const [name, setting] of this.settings) setting.update(row.settings[name]);
  }
}
