// The newest picture. Fetched only when there is a newer one, and shown when it is there whole.
import { at, count, isOn, onSwitch, say } from "./dom.js";

let shown = "";
let loading = false;
let wanted = null;
let part = null; // whose picture is shown

export function showLive(live, last) {
  wanted = live;
  // A part that the camera missed must not be taken for the one before it, whose picture is still here.
  const missed = last && !last.has_image ? `, no picture of ${count(last.part_id)}` : "";
  say(at("live-part"), part === null ? "" : `Part ${count(part)}${missed}`);
  if (live.n > 0 && !loading && key(live) !== shown) load();
}

const heat = () => (isOn(at("live-heat")) ? 1 : 0);
const key = (live) => `${live.n}/${heat()}`;

async function load() {
  loading = true;
  const asked = key(wanted);
  try {
    const response = await fetch(`/api/live.jpg?overlay=${heat()}&n=${wanted.n}`, { signal: AbortSignal.timeout(5000) });
    if (response.ok) await put(await response.blob(), Number(response.headers.get("Ringlight-Part")), asked);
  } catch {
    // The poll of the state finds out whether the box is gone; the picture is simply asked for again.
  }
  loading = false;
}

async function put(blob, ofPart, asked) {
  const image = at("live");
  const old = image.src;
  image.src = URL.createObjectURL(blob);
  await image.decode().catch(() => {});
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
  image.hidden = false;
  at("live-empty").hidden = true;
  part = ofPart;
  say(at("live-part"), `Part ${count(part)}`);
  shown = asked;
}

onSwitch(at("live-heat"), () => wanted?.n && !loading && load());
