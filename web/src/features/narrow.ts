import { MediaQuery } from "svelte/reactivity";

/** One pane at a time: as wide as the styles' own breakpoint. */
export function narrowScreen(): MediaQuery {
  return new MediaQuery("max-width: 719px");
}
