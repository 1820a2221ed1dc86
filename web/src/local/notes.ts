/* Small things that stay on this device: drafts, the theme. localStorage may be forbidden; then they live in memory. */
export interface Notes {
  get(key: string): string | undefined;
  set(key: string, value: string | undefined): void;
}

export function localNotes(storage: () => Storage): Notes {
  const memory = new Map<string, string>();
  return {
    get(key) {
      try {
        return storage().getItem(`confab.${key}`) ?? undefined;
      } catch {
        return memory.get(key);
      }
    },
    set(key, value) {
      if (value === undefined) memory.delete(key);
      else memory.set(key, value);
      try {
        if (value === undefined) storage().removeItem(`confab.${key}`);
        else storage().setItem(`confab.${key}`, value);
      } catch {
        // In memory for as long as the page lives.
      }
    },
  };
}
