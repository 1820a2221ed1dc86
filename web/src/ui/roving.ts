/* One tab stop for a whole list: the arrows, Home and End move inside it. */
export function roving(selector: string): (list: HTMLElement) => () => void {
  return (list) => {
    const items = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(selector)];
    const settle = (): void => {
      const all = items();
      if (all.length > 0 && !all.some((i) => i.tabIndex === 0)) all[0]!.tabIndex = 0;
    };
    const onFocus = (e: FocusEvent): void => {
      const target = (e.target as HTMLElement).closest<HTMLElement>(selector);
      if (!target) return;
      for (const item of items()) item.tabIndex = item === target ? 0 : -1;
    };
    const onKey = (e: KeyboardEvent): void => {
      if (e.altKey || e.ctrlKey || e.metaKey) return;
      const all = items();
      const at = all.findIndex((i) => i === e.target);
      if (at < 0) return;
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[e.key];
      const next = to === undefined ? undefined : all[Math.max(0, Math.min(all.length - 1, to))];
      if (!next) return;
      e.preventDefault();
      next.focus();
    };
    const observer = new MutationObserver(settle);
    observer.observe(list, { childList: true, subtree: true });
    list.addEventListener("focusin", onFocus);
    list.addEventListener("keydown", onKey);
    settle();
    return () => {
      observer.disconnect();
      list.removeEventListener("focusin", onFocus);
      list.removeEventListener("keydown", onKey);
    };
  };
}

/** From a box that one searches in to what it found: Arrow Down leads into the list, Enter takes the first of it. */
export function intoList(e: KeyboardEvent, first: HTMLElement | null | undefined): void {
  if (e.key !== "ArrowDown" && (e.key !== "Enter" || e.isComposing)) return;
  e.preventDefault();
  if (e.key === "Enter") first?.click();
  else first?.focus();
}

/** And from the list back to the box, by Arrow Up from the first of it. */
export function backToBox(
  first: () => HTMLElement | null | undefined,
  back: (e: KeyboardEvent) => void,
): (list: HTMLElement) => () => void {
  return (list) => {
    const onKey = (e: KeyboardEvent): void => {
      if (e.key === "Escape" || (e.key === "ArrowUp" && e.target === first())) back(e);
    };
    list.addEventListener("keydown", onKey);
    return () => {
      list.removeEventListener("keydown", onKey);
    };
  };
}
