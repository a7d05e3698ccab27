/** System codes that say a database cannot be reached at all. */
const OUT_OF_REACH = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** SQLSTATE classes of a server that lets nobody in: connection exceptions, wrong credentials, no such database. */
const LETS_NOBODY_IN = /^(?:08...|28...|3D000|53300|57P0.)$/u;

const NO_SUCH_TABLE = '42P01';

/**
 * What keeps a process from starting though nothing is wrong with it, in a sentence for whoever started it: the store
 * it was pointed at, or the address it was to listen on. Null for everything else.
 */
export function startFailure(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  const { code, message } = error;
  if ('syscall' in error && error.syscall === 'listen') return `HOST and PORT cannot be listened on: ${message}`;
  if (code === NO_SUCH_TABLE) return `The store at DATABASE_URL has no tables yet (${message}): run "npm run migrate".`;
  if (OUT_OF_REACH.has(code) || LETS_NOBODY_IN.test(code)) {
    return `The store at DATABASE_URL cannot be used: ${message === '' ? code : message}`;
  }
  return null;
}
