// The page of a line that inspects a web.
import { follow } from "./contact.js";
import { showWeb } from "./roll.js";

follow(showWeb);
