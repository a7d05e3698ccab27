import { AppError } from '../domain/errors.ts';
import type { Home } from './home.ts';
import type { ProcessSpec } from './process-spec.ts';
import { supervise } from './supervise.ts';
import type { Supervised } from './supervise.ts';

/** The processes of one home: started one by one, stopped together, those that need others before those others. */
export class RunningSystem {
  readonly home: Home;
  readonly report: (line: string) => void;
  readonly #unlock: () => void;
  readonly #servers: Supervised[] = [];
  readonly #roles: Supervised[] = [];
  #stopped: Promise<void> | null = null;

  constructor(home: Home, report: (line: string) => void, unlock: () => void) {
    this.home = home;
    this.report = report;
    this.#unlock = unlock;
  }

  /** Starts PostgreSQL or Temporal and resolves when it serves. */
  startServer(spec: ProcessSpec, signal: AbortSignal): Promise<void> {
    return this.#start(this.#servers, spec, signal);
  }

  /** Starts the API or a worker, which live on the servers, and resolves when it serves. */
  startRole(spec: ProcessSpec, signal: AbortSignal): Promise<void> {
    return this.#start(this.#roles, spec, signal);
  }

  /** Stops everything and gives the home free; further calls wait for the first one. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  async #start(group: Supervised[], spec: ProcessSpec, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#stopped !== null) throw new AppError('stopped', 'Lading is stopping');
    const supervised = supervise(spec, this.home, this.report);
    group.push(supervised);
    await abortable(supervised.ready, signal);
  }

  async #stopInOrder(): Promise<void> {
    await Promise.all(this.#roles.map((role) => role.stop()));
    await Promise.all(this.#servers.map((server) => server.stop()));
    this.#unlock();
  }
}

async function abortable(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
