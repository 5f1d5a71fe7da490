// The newest verdict in huge letters, and the scores against their threshold.
import { REASONS, WORDS, ago, at, count, mark, say, score } from "./dom.js";

const LOST = {
  lost: ["NO CONTACT", "The box does not answer", "The numbers below are old"],
  silent: ["NO REPORT", "The line does not report", "The numbers below are old"],
};

export function showVerdict(last) {
  const state = last?.state ?? "none";
  set(state, WORDS[state] ?? "WAITING", partLine(last), whyLine(last));
}

export function showLost(how) {
  set("lost", ...LOST[how]);
}

function set(state, word, part, why) {
  at("verdict").dataset.state = state;
  mark(at("verdict-mark"), state);
  say(at("verdict-word"), word);
  say(at("verdict-part"), part);
  say(at("verdict-why"), why);
}

function partLine(last) {
  if (!last) return "No part yet";
  const took = last.scored_in_ms === null ? "" : ` · scored in ${Math.round(last.scored_in_ms)} ms`;
  return `Part ${count(last.part_id)} · ${ago(last.age_ms)} ago${took}`;
}

function whyLine(last) {
  if (!last) return "";
  return last.reason ? (REASONS[last.reason] ?? last.reason) : last.reasons.join(" · ");
}

/** The axis has the threshold in its middle, whatever the method's scores look like: positive, negative or about 0. */
export function axis(threshold, scores) {
  const span = Math.abs(threshold) || Math.max(...scores.map(Math.abs), 0) || 1;
  return (value) => Math.min(1, Math.max(0, 0.5 + (value - threshold) / span / 2));
}

let threshold = null; // of the newest part that had one

export function showScores({ last, recent }) {
  threshold = last?.threshold ?? threshold;
  say(at("score"), score(last?.score));
  say(at("threshold"), score(threshold));
  if (threshold === null) return;
  const place = axis(threshold, recent.map(([, , value]) => value ?? 0));
  const share = last?.score === null || !last ? 0 : place(last.score);
  at("bar-fill").style.width = `${share * 100}%`;
  at("bar").dataset.state = last?.state ?? "none";
  drawSpark(recent, place);
}

function drawSpark(recent, place) {
  const paths = { passed: "", rejected: "", uninspected: "" };
  const left = 200 - recent.length;
  recent.forEach(([, state, value], i) => {
    const top = value === null ? 0 : Math.min(97, 100 - place(value) * 100);
    paths[state] += `M${left + i} 100V${top.toFixed(1)}h.72V100z`;
  });
  for (const [state, path] of Object.entries(paths)) at(`spark-${state}`).setAttribute("d", path);
  say(at("spark-range"), recent.length ? `last ${recent.length} parts` : "no scores yet");
}
