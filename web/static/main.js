// The page: asks once a second how the sources do, shows it, and keeps one stream of pictures open.
import { ask, askJson, notice, tell } from "./api.js";
import { Figures, KEPT, Line } from "./charts.js";
import { Stage } from "./controls.js";
import { make, setText } from "./dom.js";
import { askWho } from "./naming.js";
import { Stream } from "./stream.js";
import { Tile } from "./tile.js";
import { Tracks } from "./tracks.js";

const ASK_MS = 1000;
const SIZES = [320, 480, 640, 960, 1280, 1920];
const at = (id) => document.getElementById(id);

const wall = at("wall");
const figures = new Figures(at("charts"));
const tracks = new Tracks(at("tracks"), at("no-tracks"));
const tiles = [];
const histories = [];
let chosen = 0;
let stages = new Map();
let stagesOf = "";
let newest = [];

const stream = new Stream((part) => tiles[Number(part.headers["x-source"])]?.show(part));

function wantPictures() {
  if (document.hidden) return stream.want([]);
  stream.want(tiles.map((tile) => `${tile.number}:${SIZES.find((size) => size >= tile.width) ?? SIZES.at(-1)}`));
}

const actions = {
  choose(number) {
    if (!tiles[number]) return;
    const chosenBefore = chosen;
    chosen = number;
    tiles.forEach((tile) => tile.element.classList.toggle("chosen", tile.number === chosen));
    if (chosenBefore !== chosen) tracks.clear();
    show();
    wantPictures();
  },
  async save(number) {
    await orSay(async () => {
      const response = await ask(`/api/sources/${number}/snapshot`);
      const kind = response.headers.get("content-type") === "image/png" ? "png" : "jpg";
      const address = URL.createObjectURL(await response.blob());
      const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
      make("a", { href: address, download: `${newest[number].name.replace(/[^\w.-]+/g, "_")}-${time}.${kind}` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10000);
    });
  },
  async face(number, x, y) {
    await orSay(() => askWho(number, x, y));
  },
  async record(number) {
    await orSay(() => tell(`/api/sources/${number}/record`, { on: !tiles[number].recording }));
    await poll();
  },
};

async function orSay(action) {
  try {
    await action();
  } catch (error) {
    notice(error.message);
  }
}

function lay(sources) {
  tiles.length = histories.length = 0;
  for (const source of sources) {
    tiles.push(new Tile(source.source, source.name, actions));
    histories.push({ rows: [], stages: new Map(), dropped: null, asked: 0 });
  }
  wall.replaceChildren(...tiles.map((tile) => tile.element));
  wall.classList.toggle("several", tiles.length > 1);
  const sizes = new ResizeObserver(() => { clearTimeout(resized); resized = setTimeout(wantPictures, 250); });
  tiles.forEach((tile) => sizes.observe(tile.screen));
  actions.choose(Math.min(chosen, tiles.length - 1));
}
let resized = 0;

function remember(history, source) {
  const { status } = source;
  const dropped = Object.values(status.dropped).reduce((all, one) => all + one, 0);
  const now = performance.now();
  const seconds = (now - history.asked) / 1000;
  const drops = history.dropped === null ? 0 : Math.max(0, dropped - history.dropped) / seconds;
  history.dropped = dropped;
  history.asked = now;
  history.rows.push({ p50: status.latency_ms.p50, p95: status.latency_ms.p95, fps: status.fps, shown: status.shown_fps, drops });
  history.rows.splice(0, history.rows.length - KEPT);
  for (const row of source.stages) {
    const times = history.stages.get(row.name) ?? [];
    times.push(row.ms);
    times.splice(0, times.length - KEPT);
    history.stages.set(row.name, times);
  }
}

function show() {
  const source = newest[chosen];
  if (!source) return;
  const history = histories[chosen];
  figures.draw(history.rows, source.status);
  const shape = JSON.stringify([chosen, source.stages.map((row) => [row.name, row.properties])]);
  if (shape !== stagesOf) {
    stagesOf = shape;
    stages = new Map(source.stages.map((row) => [row.name, new Stage(chosen, row, new Line(["first"], 20))]));
    at("stages").replaceChildren(...[...stages.values()].map((stage) => stage.element));
    at("no-stages").hidden = stages.size > 0;
  }
  const most = Math.max(1, ...[...history.stages.values()].flat());
  for (const row of source.stages) stages.get(row.name).update(row, history.stages.get(row.name) ?? [], most);
  tracks.update(chosen, source.tracks);
}

function overall(sources) {
  const ill = sources.filter((source) => !source.fresh || source.stages.some((row) => row.on && !row.alive));
  at("overall").className = ill.length ? "ill" : "";
  setText(at("overall"), ill.length ? `not well: ${ill.map((source) => source.name).join(", ")}` : sources.length > 1 ? `all ${sources.length} sources are live` : "live");
  document.title = ill.length ? "▲ Sluice" : "Sluice";
}

async function poll() {
  try {
    const { sources } = await askJson("/api/status");
    newest = sources;
    if (sources.length !== tiles.length) lay(sources);
    sources.forEach((source, number) => {
      remember(histories[number], source);
      tiles[number].update(source);
    });
    overall(sources);
    show();
  } catch (error) {
    at("overall").className = "ill";
    setText(at("overall"), "no connection to the server");
    console.info(error.message);
  }
}

async function run() {
  for (;;) {
    if (!document.hidden) await poll();
    await new Promise((resolve) => { setTimeout(resolve, ASK_MS); });
  }
}

setInterval(() => tiles.forEach((tile) => tile.watch()), 250);
document.addEventListener("visibilitychange", () => {
  tiles.forEach((tile) => tile.begin());
  wantPictures();
});
at("show-keys").addEventListener("click", () => at("keys").showModal());
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog[open]")) return;
  if (/^[1-9]$/.test(event.key)) actions.choose(Number(event.key) - 1);
  else if (event.key === "s") actions.save(chosen);
  else if (event.key === "r" && tiles[chosen] && !tiles[chosen].record.hidden) actions.record(chosen);
  else if (event.key === "f") tiles[chosen]?.fullScreen();
  else if (event.key === "?") at("keys").showModal();
});
run();
