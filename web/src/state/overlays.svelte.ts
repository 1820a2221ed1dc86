/* What lies over the screen, as one typed stack: the topmost has the focus, Escape takes it off. */
import type { Member, Message } from "../protocol/generated";
import type { Cover, Router } from "./router.svelte";

/** A message as far as it must be known to do something with it. */
export type Named = Pick<Message, "room" | "id" | "author" | "text">;

export type Overlay =
  | { readonly kind: "new-conversation" }
  | { readonly kind: "new-room" }
  | { readonly kind: "directory" }
  | { readonly kind: "keys" }
  | { readonly kind: "add-members"; readonly room: string }
  | { readonly kind: "edit-room"; readonly room: string }
  | { readonly kind: "invites"; readonly room: string }
  | { readonly kind: "remove-message"; readonly message: Named; readonly done?: () => void }
  | { readonly kind: "report"; readonly message: Named; /** It is for oneself alone. */ readonly whispered?: true }
  | {
      readonly kind: "message-menu";
      readonly room: string;
      readonly message: Message;
      /** Where it was asked for, in the window. */
      readonly at?: { readonly x: number; readonly y: number } | undefined;
    }
  | { readonly kind: "history"; readonly room: string; readonly message: Message }
  | { readonly kind: "pins"; readonly room: string }
  | { readonly kind: "room-menu"; readonly room: string }
  | { readonly kind: "notify"; readonly room: string }
  | { readonly kind: "reactions"; readonly room: string; readonly message: Message; readonly emoji?: string }
  | { readonly kind: "member-menu"; readonly room: string; readonly member: Member }
  | {
      readonly kind: "crop";
      readonly file: Blob;
      readonly square: boolean;
      readonly save: (picture: Blob) => Promise<unknown>;
    }
  | {
      readonly kind: "emoji";
      readonly title: string;
      /** Beside the field that one writes in, where there is room. */
      readonly docked?: boolean;
      readonly pick: (emoji: string) => void;
    }
  | {
      readonly kind: "confirm";
      readonly title: string;
      readonly text: string;
      readonly action: string;
      readonly danger?: boolean;
      readonly run: () => void | Promise<void>;
    };

export class Overlays implements Cover {
  stack = $state.raw<readonly Overlay[]>([]);
  readonly #router: Router;

  constructor(router: Router) {
    this.#router = router;
    router.cover = this;
  }

  get top(): Overlay | undefined {
    return this.stack.at(-1);
  }

  get lies(): boolean {
    return this.stack.length > 0;
  }

  open(overlay: Overlay): void {
    this.stack = [...this.stack, overlay];
    this.#router.covered();
  }

  /** Puts it in the place of the topmost: the second step of the same deed. */
  replace(overlay: Overlay): void {
    this.stack = [...this.stack.slice(0, -1), overlay];
  }

  close(): void {
    this.stack = this.stack.slice(0, -1);
    if (!this.lies) this.#router.uncovered();
  }

  clear(): void {
    if (!this.lies) return;
    this.stack = [];
    this.#router.uncovered();
  }
}
