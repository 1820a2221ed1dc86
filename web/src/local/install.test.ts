import { expect, it, vi } from "vitest";
import { install } from "./install";

class Worker extends EventTarget {
  state = "installing";
  readonly postMessage = vi.fn();
  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

class Registration extends EventTarget {
  installing: Worker | null = null;
  waiting: Worker | null = null;
  active: Worker | null = null;
  readonly update = () => Promise.resolve();
}

class Container extends EventTarget {
  controller: Worker | null = null;
  readonly registration = new Registration();
  readonly register = () => Promise.resolve(this.registration);
}

function page() {
  vi.useFakeTimers();
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
  const container = new Container();
  const offered = vi.fn();
  const start = async (): Promise<void> => {
    install(container as unknown as ServiceWorkerContainer, vi.fn(), offered, vi.fn());
    await Promise.resolve();
    await Promise.resolve();
  };
  return { container, registration: container.registration, offered, start };
}

it("offers a version that comes while another is at work", async () => {
  const { container, registration, offered, start } = page();
  registration.active = container.controller = new Worker();
  await start();
  const next = (registration.installing = new Worker());
  registration.dispatchEvent(new Event("updatefound"));
  next.become("installed");
  expect(offered).toHaveBeenCalledTimes(1);
});

it("does not offer the very first one, though it may have the page already when it is told of", async () => {
  const { container, registration, offered, start } = page();
  const first = (registration.installing = new Worker());
  await start();
  registration.active = container.controller = first;
  first.become("installed");
  expect(offered).not.toHaveBeenCalled();
});
