/* Where the browser shows notifications. A page may make them by itself, but on phones only a service worker may: where there is
 * one, it shows them everywhere, and leads to them by a press even when the page has gone meanwhile (worker/leading.ts).
 *
 * The tag is the message's id: what two pages show of one message stands there once. */
import type { Placed } from "../model/news";

export interface Shown {
  close(): void;
}

/** What stands with a notification, for the worker and for the page that comes after this one. */
export interface Lead {
  /** Of the client: where a press leads. */
  readonly path: string;
  readonly placed: Placed;
}

export interface Notice {
  readonly title: string;
  readonly options: NotificationOptions & { readonly tag: string; readonly data: Lead };
}

type Registration = Pick<ServiceWorkerRegistration, "active" | "showNotification" | "getNotifications">;

/** What of the browser it needs; tests give another. */
export interface Platform {
  registration(): Promise<Registration | undefined>;
  make(title: string, options: NotificationOptions): Pick<Notification, "close" | "onclick">;
}

export class Desktop {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async #worker(): Promise<Registration | undefined> {
    const registration = await this.#platform.registration().catch(() => undefined);
    return registration?.active ? registration : undefined;
  }

  show({ title, options }: Notice, onOpen: () => void): Shown {
    const shown = this.#show(title, options, onOpen);
    // A browser that lets neither do it, or not any more: then nothing is shown.
    shown.catch(() => undefined);
    return {
      close: () => {
        shown.then(
          (one) => one.close(),
          () => undefined,
        );
      },
    };
  }

  async #show(title: string, options: Notice["options"], onOpen: () => void): Promise<Shown> {
    const worker = await this.#worker();
    if (!worker) {
      const own = this.#platform.make(title, options);
      own.onclick = onOpen;
      return own;
    }
    await worker.showNotification(title, options);
    return {
      close: () => {
        const { tag } = options;
        void worker.getNotifications({ tag }).then((all) => {
          for (const one of all) one.close();
        });
      },
    };
  }

  /** What a page that is gone has left there. */
  async standing(): Promise<readonly (Shown & { readonly placed: Placed })[]> {
    const all = (await (await this.#worker())?.getNotifications()) ?? [];
    return all.flatMap((one) => {
      const { placed } = (one.data ?? {}) as Partial<Lead>;
      return placed
        ? [
            {
              placed,
              close: () => {
                one.close();
              },
            },
          ]
        : [];
    });
  }
}
