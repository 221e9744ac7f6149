// One source on the wall: its live picture, name, state and buttons.
import { make, setText } from "./dom.js";

// The server sends a picture four times a second even where nothing new comes, with its age burned in. Where that stops,
// or arrives late, the last picture still says LIVE: so the page itself has to say that it is not.
const SILENT_MS = 1500;
const LATE_MS = 1500;

export class Tile {
  #next = null;
  #drawing = false;
  #heard = performance.now();
  #least = Infinity;
  #late = 0;

  constructor(number, name, actions) {
    this.number = number;
    this.canvas = make("canvas", { width: 640, height: 360, role: "img", "aria-label": `live picture of ${name}` });
    this.verdict = make("p", { className: "verdict", hidden: true });
    this.screen = make("div", { className: "screen" }, this.canvas, this.verdict);
    this.chip = make("span", { className: "chip" }, "connecting");
    this.why = make("span", { className: "why", hidden: true });
    this.choose = make("button", { className: "choose", onclick: () => actions.choose(number) }, "Choose");
    this.choose.setAttribute("aria-label", `choose ${name}`);
    this.save = make("button", { className: "save", onclick: () => actions.save(number) }, "Snapshot");
    this.record = make("button", { className: "record", "aria-pressed": "false", onclick: () => actions.record(number) }, "Record");
    this.full = make("button", { className: "full", onclick: () => this.fullScreen() }, "Full screen");
    const buttons = make("span", { className: "actions" }, this.choose, this.save, this.record, this.full);
    const caption = make("figcaption", {}, make("span", { className: "name" }, name), this.chip, buttons, this.why);
    this.element = make("figure", { className: "tile card" }, this.screen, caption);
    this.screen.addEventListener("click", (event) => {
      if (this.element.classList.contains("chosen")) actions.face(number, ...this.#place(event));
      else actions.choose(number);
    });
    this.recording = false;
  }

  get width() {
    return Math.round(this.canvas.clientWidth * Math.min(2, devicePixelRatio));
  }

  // Where in the picture, in 0..1: the canvas may be wider or higher than what it shows.
  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = Math.min(box.width / this.canvas.width, box.height / this.canvas.height);
    const [width, height] = [this.canvas.width * scale, this.canvas.height * scale];
    return [
      (event.clientX - box.left - (box.width - width) / 2) / width,
      (event.clientY - box.top - (box.height - height) / 2) / height,
    ];
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.screen.requestFullscreen?.();
  }

  // The newest part wins: what came while one was drawn is not drawn late.
  show(part) {
    const now = performance.now();
    this.#heard = now;
    const way = now - Number(part.headers["x-sent-ms"]);
    this.#least = Math.min(this.#least, way);
    this.#late = way - this.#least;
    this.#next = part;
    if (!this.#drawing) this.#draw();
  }

  async #draw() {
    this.#drawing = true;
    while (this.#next) {
      const part = this.#next;
      this.#next = null;
      const picture = await createImageBitmap(new Blob([part.body], { type: "image/jpeg" })).catch(() => null);
      if (!picture) continue;
      if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
        this.canvas.width = picture.width;
        this.canvas.height = picture.height;
      }
      this.canvas.getContext("2d").drawImage(picture, 0, 0);
      this.canvas.dataset.number = part.headers["x-number"];
      this.canvas.dataset.state = part.headers["x-state"];
      picture.close();
    }
    this.#drawing = false;
  }

  watch() {
    const silent = performance.now() - this.#heard;
    const cut = silent > SILENT_MS;
    const late = !cut && this.#late > LATE_MS;
    this.screen.classList.toggle("cut", cut || late);
    this.verdict.hidden = !(cut || late);
    if (cut) setText(this.verdict, `NO CONNECTION TO THE SERVER ${(silent / 1000).toFixed(1)} s`);
    else if (late) setText(this.verdict, `ARRIVES ${(this.#late / 1000).toFixed(1)} s LATE`);
  }

  // A stream that starts anew has not been silent before.
  begin() {
    this.#heard = performance.now();
    this.#least = Infinity;
    this.#late = 0;
  }

  update(source) {
    const { status } = source;
    const old = status.state === "running" && !source.fresh;
    const words = { running: old ? "stale" : "live", connecting: "connecting", ended: "ended" };
    setText(this.chip, words[status.state] ?? `reconnecting, attempt ${Math.max(1, status.attempts)}`);
    this.chip.className = `chip ${old ? "old" : status.state}`;
    this.why.hidden = !status.error;
    setText(this.why, status.error ?? "");
    this.recording = status.recording;
    this.record.hidden = !status.can_record;
    this.record.setAttribute("aria-pressed", String(status.recording));
    setText(this.record, status.recording ? "Stop recording" : "Record");
  }
}
