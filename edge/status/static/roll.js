// The roll that is under way: its lengths, its defects, and in huge letters whether the web is inspected.
import { at, count, make, mark, say, timeOfDay } from "./dom.js";

const EVERY_MS = 500;
const BLIND_MS = 3000; // a length that was lost is told in huge letters for so long
const LENGTHS = ["travelled_mm", "inspected_mm", "uninspected_mm", "in_flight_mm"];
const REASONS = {
  gap: "gap between two frames",
  no_frame: "no picture",
  dark: "lamp off or not warm",
  busy: "model too slow",
  model_fault: "model fault",
  stopped: "box stopped",
  cut_off: "box cut off",
};

let web = null; // the last answer
let askedAt = -Infinity;
let lost = { roll: null, mm: 0, at: -Infinity };
let findingsShown = "";
let defectShown = "";

export function showWeb(state, live) {
  if (live && performance.now() - askedAt > EVERY_MS) ask();
  if (!web) return;
  if (live) showWord(state.line, web);
  showLengths(web);
  showFacts(state.line, web);
  showDefect(web.findings.find((one) => one.kind === "defect"));
  showFindings(web.findings);
}

async function ask() {
  askedAt = performance.now();
  try {
    const response = await fetch("/api/web", { signal: AbortSignal.timeout(2500), cache: "no-store" });
    if (response.ok) web = await response.json();
  } catch {
    // The poll of the state finds out whether the box is gone.
  }
}

const metres = (mm, digits = 3) => (mm / 1000).toFixed(digits);
const because = (by) => Object.entries(by).map(([why, mm]) => `${REASONS[why] ?? why} ${metres(mm)} m`).join(", ");

function showWord(line, now) {
  const [state, word, why] = wordOf(line, now);
  at("verdict").dataset.state = state;
  mark(at("verdict-mark"), state);
  say(at("verdict-word"), word);
  const outside = `${metres(now.outside_mm)} m passed so since the box started`;
  say(at("verdict-part"), now.roll === null ? outside : [`Roll ${now.key ?? now.roll}`, now.name].filter(Boolean).join(" · "));
  say(at("verdict-why"), why);
}

function wordOf(line, now) {
  if (line?.stopped) return ["rejected", "STOPPED", "The box stopped the line: see Health, then acknowledge"];
  if (!now.open) return ["uninspected", "NO ROLL", "What passes now is not inspected: begin a roll"];
  if (blind(now)) return ["uninspected", "NOT INSPECTED", because(now.uninspected_by)];
  if (line?.belt_mm_s === 0) return ["none", "STANDS", "The web stands still"];
  if (now.inspected_mm === 0) return ["none", "WAITING", "Nothing of this roll is inspected yet"];
  return ["passed", "INSPECTING", `${metres(now.inspected_mm)} m inspected`];
}

/** Whether more of the roll has been lost just now. */
function blind({ roll, uninspected_mm }) {
  const now = performance.now();
  if (roll !== lost.roll) lost = { roll, mm: uninspected_mm, at: -Infinity };
  else if (uninspected_mm > lost.mm) lost = { roll, mm: uninspected_mm, at: now };
  return now - lost.at < BLIND_MS;
}

function showLengths(now) {
  at("ledger").dataset.balanced = String(now.balanced);
  const digits = now.travelled_mm < 100_000 ? 3 : 2;
  for (const name of LENGTHS) say(at(`n-${name}`), metres(now[name], digits));
  say(at("balance"), now.balanced ? "balanced" : "does not balance");
  at("why-fact").hidden = now.uninspected_mm === 0;
  say(at("uninspected-by"), because(now.uninspected_by));
  at("outside-fact").hidden = now.outside_mm < 1;
  say(at("outside"), `${metres(now.outside_mm)} m since the box started`);
}

function showFacts(line, now) {
  say(at("events"), count(now.events));
  at("this-map").hidden = now.key === null;
  if (now.key !== null) at("this-map").href = `/rolls/${now.key}`;
  if (!line) return;
  say(at("belt"), line.belt_mm_s === null ? "–" : line.stopped ? "stopped by the box" : line.belt_mm_s === 0 ? "stands still" : `${line.belt_mm_s.toFixed(line.belt_mm_s < 100 ? 1 : 0)} mm/s`);
  say(at("marks"), count(line.ejections) + (line.unconfirmed ? ` (${count(line.unconfirmed)} missed)` : ""));
  const { p50, p99 } = line.verdict_ms;
  say(at("strip-times"), p50 === null ? "–" : `${Math.round(p50)} / ${Math.round(p99)} ms`);
}

const placeOf = (one) => `${one.at_m.toFixed(3)} m`;

function showDefect(defect) {
  const now = defect ? String(defect.seq) : "";
  if (now === defectShown) return;
  defectShown = now;
  const image = at("defect");
  image.hidden = !defect?.has_image;
  at("defect-empty").hidden = Boolean(defect?.has_image);
  say(at("defect-empty"), defect ? "No picture is kept of this defect" : "No defect yet");
  if (defect?.has_image) image.src = `/api/findings/${defect.seq}/image.jpg`;
  const size = defect ? `${defect.length_mm.toFixed(1)} × ${defect.width_mm.toFixed(1)} mm` : "";
  say(at("defect-words"), defect ? `Roll ${defect.roll}, defect ${defect.number} · at ${placeOf(defect)} · ${defect.across_mm.toFixed(1)} mm across · ${size}` : "");
}

function showFindings(findings) {
  const now = findings.map((one) => one.seq).join();
  at("findings-empty").hidden = findings.length > 0;
  if (now === findingsShown) return;
  findingsShown = now;
  // Tiles that stay are kept as they are: their pictures neither flicker nor load again.
  const old = new Map([...at("findings").children].map((tile) => [tile.dataset.seq, tile]));
  at("findings").replaceChildren(...findings.map((one) => old.get(String(one.seq)) ?? tileOf(one)));
}

function tileOf(one) {
  const tile = make("a", "tile");
  const defect = one.kind === "defect";
  tile.href = `/rolls/${one.roll}`;
  tile.dataset.seq = one.seq;
  tile.dataset.state = defect ? "rejected" : "uninspected";
  tile.setAttribute("aria-label", `${one.kind} at ${placeOf(one)} of roll ${one.roll}, open its map`);
  tile.append(one.has_image ? pictureOf(one) : make("span", "nothing", defect ? "no picture" : `${metres(one.length_mm)} m`));
  const words = make("span", "words");
  words.append(make("b", "", placeOf(one)), make("span", "", timeOfDay(one.wall_ms)));
  if (!defect) words.append(make("span", "said", REASONS[one.why] ?? one.why));
  tile.append(words);
  return tile;
}

function pictureOf(one) {
  const image = make("img");
  image.alt = "";
  image.loading = "lazy";
  image.src = `/api/findings/${one.seq}/image.jpg`;
  image.addEventListener("error", () => image.replaceWith(make("span", "nothing", "no picture")));
  return image;
}
