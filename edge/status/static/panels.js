// Ledger, health, machine and the alarms above everything.
import { ago, at, count, make, say, shortReason } from "./dom.js";

const COUNTERS = ["triggered", "passed", "rejected", "uninspected", "in_flight"];

export function showLedger({ line, parts_per_min }) {
  at("ledger").dataset.balanced = line ? String(line.balanced) : "unknown";
  if (!line) return;
  for (const name of COUNTERS) say(at(`n-${name}`), count(line[name]));
  say(at("balance"), line.balanced ? "balanced" : missing(line.missing));
  say(at("belt"), line.belt_mm_s === null ? "–" : line.stopped ? "stopped by the box" : line.belt_mm_s === 0 ? "stands still" : `${Math.round(line.belt_mm_s)} mm/s`);
  say(at("pace"), parts_per_min === null ? "–" : `${Math.round(parts_per_min)} parts/min`);
  const known = line.confirmed === null ? [] : [`${count(line.confirmed)} confirmed`];
  if (line.unconfirmed) known.push(`${count(line.unconfirmed)} unconfirmed`);
  if (line.taken) known.push(`${count(line.taken)} good ones taken along`);
  say(at("ejections"), count(line.ejections) + (known.length ? ` (${known.join(", ")})` : ""));
  const why = Object.entries(line.uninspected_by).filter(([, n]) => n > 0);
  at("why-fact").hidden = why.length === 0;
  say(at("uninspected-by"), why.map(([reason, n]) => `${shortReason(reason)} ${count(n)}`).join(", "));
}

const missing = (n) => (n > 0 ? `${count(n)} missing` : `${count(-n)} too many`);

const ORDER = { FAULT: 0, WARNING: 1, INFO: 2, OK: 3 };
const SIGNS = { OK: "✓", INFO: "i", WARNING: "!", FAULT: "✕" };
let checksShown = "";

export function showHealth({ checks, faults, worst }) {
  showPill(checks, faults, worst);
  const now = JSON.stringify(checks);
  if (now === checksShown) return;
  checksShown = now;
  at("checks-empty").hidden = checks.length > 0;
  const sorted = [...checks].sort((a, b) => ORDER[a.level] - ORDER[b.level]);
  at("checks").replaceChildren(...sorted.map(checkLine));
}

function showPill(checks, faults, worst) {
  const pill = at("health-pill");
  const known = checks.length > 0 || faults.length > 0;
  pill.dataset.level = known ? worst : "none";
  const warnings = checks.filter((check) => check.level === "WARNING").length;
  const words = { OK: "healthy", INFO: "healthy", WARNING: plural(warnings, "warning"), FAULT: plural(faults.length, "fault") };
  say(pill, known ? words[worst] : "health unknown");
}

const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

function checkLine(check) {
  const line = make("li");
  line.dataset.level = check.level;
  line.title = check.level;
  const words = make("div");
  words.append(make("b", "", check.name), make("span", "", check.text));
  if (check.mend) words.append(make("em", "", check.mend));
  line.append(make("i", "sign", SIGNS[check.level]), words);
  return line;
}

export function showMachine({ info, mqtt }) {
  say(at("model"), info.model_id || "–");
  say(at("method"), info.method || "–");
  at("provider-row").dataset.level = info.fallback ? "FAULT" : "OK";
  const running = plain(info.provider_running);
  say(at("provider"), info.fallback ? `${running}, asked for ${plain(info.provider_asked)}` : running);
  at("mqtt-row").dataset.level = mqtt?.enabled && !mqtt.connected ? "WARNING" : "OK";
  say(at("mqtt"), mqttWords(mqtt));
  say(at("uptime"), info.uptime_s === null ? "–" : ago(info.uptime_s * 1000));
  say(at("version"), info.version || "–");
}

const plain = (provider) => provider.replace(/ExecutionProvider$/, "").replace("Tensorrt", "TensorRT") || "–";

function mqttWords(mqtt) {
  if (!mqtt || !mqtt.enabled) return "off";
  const waiting = mqtt.outbox ? `, ${count(mqtt.outbox)} waiting` : ", outbox empty";
  return (mqtt.connected ? "connected" : "no broker") + waiting;
}

const MOST_ALARMS = 3; // more would push the verdict off the screen
let alarmsShown = "";

/** Alarms are few and loud: no contact, a silent line, or what the box itself calls a fault. */
export function showAlarms(state, how, since) {
  const alarms = contactAlarms(how, since);
  if (state && alarms.length === 0) alarms.push(...boxAlarms(state));
  const now = JSON.stringify(alarms);
  if (now === alarmsShown) return;
  alarmsShown = now;
  at("alarms").replaceChildren(...alarms.map(([what, mend]) => {
    const line = make("p", "alarm");
    line.append(make("b", "", what), make("span", "", mend));
    return line;
  }));
}

function contactAlarms(how, since) {
  if (how === "lost") {
    return [[since ? `Lost contact with the box ${since} ago` : "No contact with the box",
      "Nothing here is live. Check the box's power and its network cable; this page reconnects by itself."]];
  }
  if (how === "silent") {
    return [["The box answers, but its line does not report", "Nothing here is live. Restart the box; if that does not help, read its log."]];
  }
  return [];
}

function boxAlarms({ faults }) {
  const alarms = faults.map((fault) => [`${fault.name}: ${fault.text}`, fault.mend]);
  const more = alarms.length - MOST_ALARMS;
  return more > 0 ? [...alarms.slice(0, MOST_ALARMS), [`and ${plural(more, "more fault")}`, "See Health."]] : alarms;
}
