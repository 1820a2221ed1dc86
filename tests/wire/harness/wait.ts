/* Waiting for facts, with a deadline that only a defect meets, on a busy machine too. CONFAB_SLOW stretches it for sanitizer builds. */
export const SLOW = Number(process.env["CONFAB_SLOW"] ?? 1);
export const DEADLINE_MS = 30_000 * SLOW;

/** Rejects when `promise` takes longer than the deadline, saying what was awaited. */
export async function within<T>(promise: Promise<T>, what: () => string, ms = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`after ${String(ms)} ms: ${what()}`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Those who wait until something that changes makes their question true. */
export class Bell {
  #waiting: (() => void)[] = [];

  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** `ask` is asked now and after every ring; what it returns first that is not undefined is the answer. */
  async until<T>(ask: () => T | undefined, what: () => string, ms = DEADLINE_MS): Promise<T> {
    let over = false;
    const found = async (): Promise<T> => {
      for (;;) {
        const answer = ask();
        if (answer !== undefined || over) return answer as T;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    };
    try {
      return await within(found(), what, ms);
    } finally {
      over = true;
    }
  }
}

/** Asks again and again, for facts that nobody announces. */
export async function eventually<T>(ask: () => Promise<T | undefined>, what: string, ms = DEADLINE_MS): Promise<T> {
  const until = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > until) throw new Error(`after ${String(ms)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A value that is there, or a failure that says what is missing. */
export function must<T>(value: T | undefined | null, what = "value"): T {
  if (value === undefined || value === null) throw new Error(`there is no ${what}`);
  return value;
}
