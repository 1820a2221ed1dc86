import { webkit } from "./engines/webkit";
import { walk } from "./stories/walk";

walk("WebKit", webkit);
