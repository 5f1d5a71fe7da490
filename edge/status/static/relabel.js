// What an operator says that a part really was. The buttons are there only where the box lets the page do so.
import { at, dateAndTime, say } from "./dom.js";

let shown = null;
let changed = () => {};

/** Shows what was said of a part; `onChange(row)` is called when something else is said. */
export function showLabel(row, onChange) {
  shown = row;
  changed = onChange;
  const label = row.label;
  at("viewer-label").hidden = !label;
  if (label) say(at("viewer-label"), `${label.good ? "It was good" : `It was bad: ${label.kind}`}, said by ${label.who}, ${dateAndTime(label.wall_ms)}`);
  for (const button of buttons()) {
    button.setAttribute("aria-pressed", String(Boolean(label) && button.dataset.kind === (label.good ? "" : label.kind)));
    button.disabled = !row.has_image;
  }
}

const buttons = () => document.querySelectorAll("#viewer-relabel button");

async function tell(kind) {
  const seq = shown.seq;
  try {
    const response = await fetch(`/api/parts/${seq}/label`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ good: kind === "", kind }),
      signal: AbortSignal.timeout(5000),
    });
    const answer = await response.json();
    if (shown.seq !== seq) return;
    if (response.ok) changed(answer);
    else fail(answer.error);
  } catch {
    if (shown.seq === seq) fail("The box did not answer; it is not noted.");
  }
}

function fail(words) {
  at("viewer-label").hidden = false;
  say(at("viewer-label"), words);
}

for (const button of buttons()) button.addEventListener("click", () => tell(button.dataset.kind));
