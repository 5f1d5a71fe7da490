// The strip of the last rejects, and the large view of one of them.
import { REASONS, WORDS, at, count, dateAndTime, isOn, make, mark, onSwitch, say, score, shortReason, timeOfDay } from "./dom.js";
import { showLabel } from "./relabel.js";

const EVERY_MS = 2000; // the memory may lag behind the counters, so the strip is also asked for without a new reject
const ROWS = 24;

let rows = [];
let which = "rejected";
let askedAt = -Infinity;
let askedFor = "";
let stripShown = "";
let open = null;

export function showRejects({ line, info }) {
  const wanted = `${which}/${info.boot_id}/${line ? line[which] : 0}`;
  const now = performance.now();
  if (wanted === askedFor && now - askedAt < EVERY_MS) return;
  askedFor = wanted;
  askedAt = now;
  load(which);
}

async function load(state) {
  try {
    const response = await fetch(`/api/rejects?n=${ROWS}&state=${state}`, { signal: AbortSignal.timeout(5000) });
    if (!response.ok || state !== which) return;
    rows = await response.json();
    draw();
  } catch {
    askedAt = -Infinity;
  }
}

function draw() {
  const now = JSON.stringify(rows.map(keyOf));
  at("strip-empty").hidden = rows.length > 0;
  if (now === stripShown) return;
  stripShown = now;
  // Tiles that stay are kept as they are: their pictures neither flicker nor load again.
  const old = new Map([...at("strip").children].map((tile) => [tile.dataset.key, tile]));
  at("strip").replaceChildren(...rows.map((row) => old.get(keyOf(row)) ?? makeTile(row)));
}

const keyOf = (row) => `${row.seq}/${row.has_image}/${said(row)}`;
const said = (row) => (row.label ? (row.label.good ? "good" : row.label.kind) : "");
const pictureOf = (row, heat) => `/api/parts/${row.seq}/image.jpg?overlay=${heat ? 1 : 0}`;

function makeTile(row) {
  const tile = make("button", "tile");
  tile.dataset.key = keyOf(row);
  tile.dataset.state = row.state;
  tile.dataset.seq = row.seq;
  tile.setAttribute("aria-label", `Part ${row.part_id}, ${row.state}, open`);
  tile.append(row.has_image ? makeImage(row) : make("span", "nothing", "no picture"));
  const words = make("span", "words");
  words.append(make("b", "", row.score === null ? shortReason(row.reason ?? "–") : score(row.score)), make("span", "", timeOfDay(row.wall_ms)));
  if (row.label) words.append(make("span", "said", said(row)));
  tile.append(words);
  tile.addEventListener("click", () => view(row));
  return tile;
}

function makeImage(row) {
  const image = make("img");
  image.alt = "";
  image.loading = "lazy";
  image.src = pictureOf(row, true);
  image.addEventListener("error", () => image.replaceWith(make("span", "nothing", "no picture")));
  return image;
}

function view(row) {
  open = row;
  at("viewer").dataset.state = row.state;
  mark(at("viewer-mark"), row.state);
  say(at("viewer-word"), WORDS[row.state]);
  say(at("viewer-part"), count(row.part_id));
  say(at("viewer-when"), dateAndTime(row.wall_ms));
  say(at("viewer-score"), row.score === null ? "none" : `${score(row.score)}, threshold ${score(row.threshold)}`);
  say(at("viewer-model"), row.model_id);
  const reasons = [...(row.reason ? [REASONS[row.reason] ?? row.reason] : []), ...row.reasons];
  at("viewer-reasons").replaceChildren(...reasons.map((reason) => make("li", "", reason)));
  const i = rows.findIndex((other) => other.seq === row.seq);
  at("viewer-newer").disabled = i <= 0;
  at("viewer-older").disabled = i < 0 || i >= rows.length - 1;
  at("viewer-heat").disabled = !row.has_image;
  showLabel(row, (told) => {
    rows = rows.map((other) => (other.seq === told.seq ? told : other));
    draw();
    view(told);
  });
  viewPicture();
  if (!at("viewer").open) at("viewer").showModal();
}

function viewPicture() {
  const image = at("viewer-image");
  image.hidden = !open.has_image;
  at("viewer-empty").hidden = open.has_image;
  if (open.has_image) image.src = pictureOf(open, isOn(at("viewer-heat")));
}

function step(by) {
  const next = rows[rows.findIndex((row) => row.seq === open.seq) + by];
  if (next) view(next);
}

at("viewer-image").addEventListener("error", () => {
  at("viewer-image").hidden = true;
  at("viewer-empty").hidden = false;
});
onSwitch(at("viewer-heat"), viewPicture);
at("viewer-newer").addEventListener("click", () => step(-1));
at("viewer-older").addEventListener("click", () => step(1));
at("viewer-close").addEventListener("click", () => at("viewer").close());
at("viewer").addEventListener("click", (event) => event.target === at("viewer") && at("viewer").close());
document.addEventListener("keydown", (event) => {
  if (!at("viewer").open) return;
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
for (const tab of document.querySelectorAll(".tabs button")) {
  tab.addEventListener("click", () => {
    which = tab.dataset.show;
    for (const other of document.querySelectorAll(".tabs button")) other.setAttribute("aria-pressed", String(other === tab));
    askedFor = "";
    load(which);
  });
}
