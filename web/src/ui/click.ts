/** Of a link: a click that is meant for this page, and not for another tab or window. */
export function staysHere(e: MouseEvent): boolean {
  return !e.ctrlKey && !e.metaKey && !e.shiftKey && e.button === 0;
}
