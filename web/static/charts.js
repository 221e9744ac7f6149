// Small charts of the last two minutes, drawn as SVG from what was asked once a second.
import { make, setText, svg } from "./dom.js";

export const KEPT = 120;
const LEAST = 30;
const WIDTH = 240, HEIGHT = 48;

export class Line {
  constructor(classes = ["first"], height = HEIGHT) {
    this.height = height;
    this.area = svg("path", { class: "first area" });
    this.lines = classes.map((name) => svg("path", { class: name, "vector-effect": "non-scaling-stroke" }));
    this.element = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, this.area, ...this.lines);
  }

  // columns: arrays of numbers, the newest last; the scale begins at 0.
  draw(columns, least = 1) {
    const most = Math.max(least, ...columns.flat());
    const across = WIDTH / (Math.max(LEAST, columns[0].length) - 1);
    columns.forEach((values, row) => {
      const points = values.map((value, at) => {
        const x = WIDTH - (values.length - 1 - at) * across;
        return `${x.toFixed(1)} ${(this.height - 2 - (value / most) * (this.height - 6)).toFixed(1)}`;
      });
      this.lines[row].setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "");
      if (row === 0 && points.length > 1) {
        const begin = points[0].split(" ")[0];
        this.area.setAttribute("d", `M${begin} ${this.height}L${points.join("L")}L${WIDTH} ${this.height}Z`);
      }
    });
    return most;
  }
}

class Chart {
  constructor(title, unit, legends) {
    this.unit = unit;
    this.line = new Line(legends.length > 1 ? ["first", "second"] : ["first"]);
    this.now = make("b");
    this.most = make("span");
    const keys = legends.map((text, at) => make("span", { className: at ? "legend dashed" : "legend" }, text));
    const foot = make("div", { className: "foot" }, make("span", {}, ...keys.flatMap((key) => [key, "  "])), this.most);
    this.element = make("div", { className: "chart" }, make("div", { className: "head" }, make("span", {}, title), this.now), this.line.element, foot);
  }

  draw(columns, now, least) {
    const most = this.line.draw(columns, least);
    setText(this.now, now);
    setText(this.most, `top ${most.toFixed(most < 10 ? 1 : 0)} ${this.unit} in ${columns[0].length} s`);
  }
}

// name, share of the whole, what is written
export function drawBars(place, rows) {
  if (place.children.length !== rows.length * 3) {
    place.replaceChildren(...rows.flatMap(() => [make("span"), make("span", { className: "bar" }, make("i")), make("span")]));
  }
  rows.forEach(([name, share, text], row) => {
    setText(place.children[row * 3], name);
    const bar = place.children[row * 3 + 1];
    bar.firstChild.style.width = `${Math.min(100, share * 100).toFixed(0)}%`;
    bar.classList.toggle("full", share >= 1);
    setText(place.children[row * 3 + 2], text);
  });
}

export class Figures {
  constructor(place) {
    this.latency = new Chart("Latency to delivery", "ms", ["median", "95 %"]);
    this.rate = new Chart("Frames a second", "fps", ["come in", "shown"]);
    this.drops = new Chart("Dropped frames a second", "/s", ["dropped"]);
    this.queues = make("div", { className: "bars" });
    this.noQueues = make("p", { className: "muted" }, "none");
    this.totals = make("p", { className: "totals muted" });
    const queues = make("div", { className: "chart" }, make("div", { className: "head" }, make("span", {}, "Queues, now")), this.queues, this.noQueues);
    place.replaceChildren(this.latency.element, this.rate.element, this.drops.element, queues, this.totals);
  }

  draw(history, status) {
    const { latency_ms: latency } = status;
    const column = (name) => history.map((row) => row[name]);
    this.latency.draw([column("p50"), column("p95")], `${latency.p50.toFixed(0)} ms, worst ${latency.max.toFixed(0)} ms`, 10);
    this.rate.draw([column("fps"), column("shown")], `${status.fps.toFixed(1)} in, ${status.shown_fps.toFixed(1)} shown`, 5);
    const drops = column("drops");
    this.drops.draw([drops], `${(drops.at(-1) ?? 0).toFixed(1)}`, 5);
    drawBars(this.queues, status.queues.map((queue) => [queue.name, queue.fill / Math.max(1, queue.capacity), `${queue.fill} of ${queue.capacity}`]));
    this.noQueues.hidden = status.queues.length > 0;
    const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);
    const words = [`${status.captured} captured`, `${status.delivered} delivered`, `${sum(status.dropped)} dropped`, `${sum(status.failed)} failed`];
    if (status.reconnects) words.push(`came back ${status.reconnects} ×`);
    if (status.width) words.push(`${status.width} × ${status.height}`);
    if (status.memory_mb) words.push(`${status.memory_mb.toFixed(0)} MB`);
    if (this.totals.children.length !== words.length) this.totals.replaceChildren(...words.map(() => make("span")));
    words.forEach((text, at) => setText(this.totals.children[at], text));
  }
}
