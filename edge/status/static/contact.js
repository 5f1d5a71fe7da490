// Asks the box for its state a few times a second and hands the answer to the panels. Whether the box still answers
// is told here, and only here: no panel decides by itself that it is alive.
import { ago, at, say, timeOfDay } from "./dom.js";
import { showAlarms, showHealth, showMachine } from "./panels.js";
import { showLost } from "./verdict.js";

const EVERY_MS = 300;
const GIVE_UP_MS = 2500; // for one request
const STALE_MS = 3000;

let heard = -Infinity; // when the box last answered, on this browser's monotonic clock
let resumed = performance.now(); // when we began to ask: at loading, and whenever the tab is looked at again
let newest = null;
let version = null;
let timer = 0;
let asking = false;
let panels = () => {};

/** Shows the box's state from now on; `panels(state, live)` shows what is the page's own, `live` if the line reports. */
export function follow(show) {
  panels = show;
  ask();
}

async function ask() {
  if (asking || document.hidden) return;
  asking = true;
  clearTimeout(timer);
  const state = await get();
  asking = false;
  timer = setTimeout(ask, EVERY_MS);
  if (state) take(state);
}

async function get() {
  try {
    const response = await fetch("/api/state", { signal: AbortSignal.timeout(GIVE_UP_MS), cache: "no-store" });
    return response.ok ? await response.json() : null;
  } catch {
    return null; // no answer; `contact` says so when it has lasted
  }
}

function take(state) {
  // A kiosk shows this page for months: after an update of the box it must not go on with the old script.
  version ??= state.info.version;
  if (state.info.version !== version) return location.reload();
  heard = performance.now();
  newest = state;
  show();
}

function contact() {
  const now = performance.now();
  if (now - heard <= STALE_MS) return newest.silent ? "silent" : "live";
  return now - resumed <= STALE_MS ? "waiting" : "lost";
}

const PILLS = { live: "live", silent: "line silent", waiting: "connecting", lost: "no contact" };

function show() {
  const how = contact();
  document.body.dataset.contact = how;
  say(at("contact-pill"), PILLS[how]);
  showAlarms(newest, how, how === "lost" && newest ? ago(performance.now() - heard) : "");
  if (how === "lost" || how === "silent") showLost(how);
  if (!newest || how === "lost" || how === "waiting") return;
  showName(newest);
  showHealth(newest);
  showMachine(newest);
  panels(newest, how === "live");
}

function showName({ info, now_ms }) {
  say(at("box"), info.box || "Ringlight");
  say(at("place"), [info.site, info.line].filter(Boolean).join(" / "));
  say(at("clock"), timeOfDay(now_ms));
  const title = info.box ? `${info.box} · Ringlight` : "Ringlight";
  if (document.title !== title) document.title = title;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  resumed = performance.now();
  ask();
});
setInterval(() => {
  if (!document.hidden && contact() !== document.body.dataset.contact) show();
  else if (contact() === "lost") show();
}, 250);
