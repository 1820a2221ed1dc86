import { getContext, setContext } from "svelte";
import type { App } from "../state/app.svelte";
import type { Chat } from "../state/chat.svelte";

const KEY = Symbol("app");

export function provideApp(app: App): void {
  setContext(KEY, app);
}

export function useApp(): App {
  return getContext<App>(KEY);
}

/** For screens that only exist while someone is signed in. */
export function useChat(): Chat {
  const { chat } = useApp();
  if (!chat) throw new Error("nobody is signed in");
  return chat;
}
