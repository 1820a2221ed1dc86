import { webkit } from "./engines/webkit";
import { walk } from "./stories/walk";

// Not yet where WebSockets are blocked: by long poll a first message has once taken longer than a minute here.
walk("WebKit", webkit, false);
