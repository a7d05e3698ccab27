import type { OsUser } from './os-user.ts';

/** One long-running process: how to start it, how to ask it to stop, and how to know that it serves. */
export interface ProcessSpec {
  /** Names its pid file and its log: `postgres`, `temporal`, `api`, `worker`, `worker-2`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The account it runs as; absent: the account of this process. */
  readonly user?: OsUser;
  /** Asked in this order, each given its time in ms before the next; SIGKILL to the whole group ends the list. */
  readonly stopWith: readonly { readonly signal: NodeJS.Signals; readonly graceMs: number }[];
  /** Run before each start, also before a restart: clears what a killed predecessor left. */
  readonly prepare?: () => Promise<void> | void;
  /** Resolves when it serves; rejects only when `signal` aborts. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
  /** Whether it still does something; a process that stays silent for a minute is killed. Absent: never asked. */
  readonly alive?: () => Promise<boolean> | boolean;
}
