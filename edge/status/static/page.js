// The page of a line that inspects parts.
import { follow } from "./contact.js";
import { showLive } from "./live.js";
import { showLedger } from "./panels.js";
import { showRejects } from "./rejects.js";
import { showScores, showVerdict } from "./verdict.js";

follow((state, live) => {
  if (live) showVerdict(state.last);
  showScores(state);
  showLedger(state);
  showLive(state.live, state.last);
  showRejects(state);
});
