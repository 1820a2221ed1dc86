/* The box at the head of the conversations: what stands in it, and where it looks. */
export class Finder {
  q = $state("");
  /** Messages of this room alone; undefined: everywhere. */
  room = $state.raw<string | undefined>();
  /** Another one each time that somebody wants to write in it: over what stands there, or behind it. */
  call = $state.raw<{ readonly over: boolean } | undefined>();

  get active(): boolean {
    return this.q.trim() !== "" || this.room !== undefined;
  }

  /** To look for something else. */
  open(room?: string): void {
    if (room !== undefined) {
      this.room = room;
      this.q = "";
    }
    this.call = { over: true };
  }

  /** To go on with what stands there. */
  resume(): void {
    this.call = { over: false };
  }

  close(): void {
    this.q = "";
    this.room = undefined;
  }
}
