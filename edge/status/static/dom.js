// Small tools for the page. Strings only ever become text, never markup: a reason may come from anywhere.

export const at = (id) => document.getElementById(id);

/** Sets text; leaves the node alone where nothing changes, so that screen readers and layout rest. */
export function say(node, text) {
  const said = String(text);
  if (node.textContent !== said) node.textContent = said;
}

/** Makes an element with a class and a text. */
export function make(tag, name = "", text = "") {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text) node.textContent = text;
  return node;
}

/** A switch is a button with aria-pressed; calls `changed(on)` after each press. */
export function onSwitch(button, changed) {
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    changed(on);
  });
}

export const isOn = (button) => button.getAttribute("aria-pressed") === "true";

export const mark = (use, name) => use.setAttribute("href", `#mark-${name}`);

const counts = new Intl.NumberFormat("en");
export const count = (n) => counts.format(n);

export function score(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

export function ago(ms) {
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}

export const timeOfDay = (ms) => new Date(ms).toLocaleTimeString("en-GB");

export const dateAndTime = (ms) => `${new Date(ms).toLocaleDateString("en-CA")} ${timeOfDay(ms)}`;

export const WORDS = { passed: "PASS", rejected: "REJECT", uninspected: "UNINSPECTED" };

export const REASONS = {
  late: "Late: no verdict when it reached the ejector",
  no_frame: "No picture: the camera gave none in time",
  busy: "Busy: more parts than the box can score",
  model_fault: "Model fault: no usable score",
  not_located: "Not located: no whole part was found in its rectangle",
  too_dark: "Too dark: the picture was taken without light. Look at the lamp, not at the part",
  belt: "Belt: nobody knows where the part lies",
  stopped: "Stopped: the box ended with the part under way",
};

const SHORT = { late: "late", no_frame: "no picture", busy: "busy", model_fault: "model fault", not_located: "not located", too_dark: "too dark", belt: "belt", stopped: "stopped" };
export const shortReason = (reason) => SHORT[reason] ?? reason;
