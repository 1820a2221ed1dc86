const HOLD_MS = 450;
const SLIP_PX = 10;

function swallow(e: Event): void {
  e.preventDefault();
  e.stopPropagation();
}

function release(): void {
  removeEventListener("click", swallow, { capture: true });
}

/** A finger held on something, or the right mouse button, opens its actions; a finger that moves is scrolling. */
export function longPress(run: () => void): (node: HTMLElement) => () => void {
  return (node) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from: { x: number; y: number } | undefined;
    const cancel = (): void => {
      clearTimeout(timer);
      from = undefined;
    };
    const down = (e: PointerEvent): void => {
      if (e.pointerType !== "touch") return;
      from = { x: e.clientX, y: e.clientY };
      timer = setTimeout(() => {
        from = undefined;
        // The finger is still down: what it is lifted over now was not chosen.
        addEventListener("click", swallow, { capture: true, once: true });
        addEventListener("pointerdown", release, { capture: true, once: true });
        run();
      }, HOLD_MS);
    };
    const move = (e: PointerEvent): void => {
      if (from && Math.hypot(e.clientX - from.x, e.clientY - from.y) > SLIP_PX) cancel();
    };
    const menu = (e: Event): void => {
      if (matchMedia("(pointer: coarse)").matches) e.preventDefault();
    };
    node.addEventListener("pointerdown", down);
    node.addEventListener("pointermove", move);
    node.addEventListener("pointerup", cancel);
    node.addEventListener("pointercancel", cancel);
    node.addEventListener("contextmenu", menu);
    return () => {
      cancel();
      node.removeEventListener("pointerdown", down);
      node.removeEventListener("pointermove", move);
      node.removeEventListener("pointerup", cancel);
      node.removeEventListener("pointercancel", cancel);
      node.removeEventListener("contextmenu", menu);
    };
  };
}
