import { firefox } from "./engines/firefox";
import { walk } from "./stories/walk";

walk("Firefox", firefox);
