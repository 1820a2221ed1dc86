import { chromium } from "./engines/chromium";
import { walk } from "./stories/walk";

walk("Chromium", chromium);
