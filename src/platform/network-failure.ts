import { AppError } from '../domain/errors.ts';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'could not connect to server: Connection refused',
  ECONNRESET: 'server closed the connection unexpectedly',
  EPIPE: 'server closed the connection unexpectedly',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'could not connect to server: No route to host',
  EHOSTDOWN: 'could not connect to server: Host is down',
  ENETUNREACH: 'could not connect to server: Network is unreachable',
  EADDRNOTAVAIL: 'could not connect to server: Cannot assign requested address',
  ENOTFOUND: 'could not translate host name to address: Name or service not known',
  EAI_AGAIN: 'could not translate host name to address: Temporary failure in name resolution',
};

/** The system's code of an error, such as `ECONNREFUSED`, or null. */
export function systemCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}

/** Why a host could not be reached, in words for a person; `details.errno` has the system's code. */
export function networkFailure(error: unknown, host: string, port: number): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Error && error.name === 'TimeoutError') return timedOut(host, port);
  const errno = systemCode(error);
  const told = error instanceof Error && error.message !== '' ? error.message : 'could not connect to server';
  const words = (errno === null ? undefined : WORDS[errno]) ?? told;
  return new AppError('source_unreachable', words, { details: { errno, host, port }, cause: error });
}

/** What is thrown when a host did not answer within the time allowed. */
export function timedOut(host: string, port: number): AppError {
  return new AppError('source_unreachable', 'Connection timed out', { details: { errno: 'ETIMEDOUT', host, port } });
}
