/* A drawer of records by key: in IndexedDB where the browser lets us, in memory where not (private windows, full disks).
 * Losing it must never stop anyone from writing. */
export interface Drawer<T> {
  all(): Promise<T[]>;
  put(key: string, value: T): Promise<void>;
  remove(key: string): Promise<void>;
}

export function memoryDrawer<T>(): Drawer<T> {
  const records = new Map<string, T>();
  return {
    all: () => Promise.resolve([...records.values()]),
    put: (key, value) => {
      records.set(key, value);
      return Promise.resolve();
    },
    remove: (key) => {
      records.delete(key);
      return Promise.resolve();
    },
  };
}

function done<R>(request: IDBRequest<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error("indexeddb"));
    };
  });
}

async function openDatabase(factory: IDBFactory, name: string, store: string): Promise<IDBDatabase> {
  const request = factory.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(store);
  };
  return done(request);
}

/** Each step falls back to memory by itself, so a disk that fails later does no harm either. */
export function indexedDrawer<T>(factory: IDBFactory | undefined, name: string): Drawer<T> {
  const store = "records";
  const memory = memoryDrawer<T>();
  if (!factory) return memory;
  const database = openDatabase(factory, name, store).catch(() => undefined);

  const write = async (change: (records: IDBObjectStore) => IDBRequest): Promise<void> => {
    const db = await database;
    if (!db) return;
    try {
      await done(change(db.transaction(store, "readwrite", { durability: "strict" }).objectStore(store)));
    } catch {
      // The record is in memory still, and is sent from there.
    }
  };

  return {
    async all() {
      const db = await database;
      if (!db) return memory.all();
      try {
        return await done(db.transaction(store).objectStore(store).getAll() as IDBRequest<T[]>);
      } catch {
        return memory.all();
      }
    },
    async put(key, value) {
      await memory.put(key, value);
      await write((records) => records.put(value, key));
    },
    async remove(key) {
      await memory.remove(key);
      await write((records) => records.delete(key));
    },
  };
}
