import { AppError } from '../../domain/errors.ts';
import { networkFailure, systemCode } from '../../platform/network-failure.ts';
import { rejected } from './opened.ts';

/** Codes of TLS that are about the certificate of the other side. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH/u;

/** The first error of ours among an error's causes: libraries wrap what the guard has thrown. */
export function appErrorIn(error: unknown): AppError | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof AppError) return at;
  }
  return null;
}

/**
 * What went wrong with a connection, in words for a person. What the other side or a library has said is shown without
 * the secrets it may repeat, and never kept as the cause, from which a log would take it.
 */
export function connectionFailure(
  error: unknown,
  { host, port, secrets = [] }: { host: string; port: number; secrets?: readonly (string | null)[] },
): AppError {
  const own = appErrorIn(error);
  if (own !== null) return own;
  const code = systemCode(error) ?? '';
  if (CERTIFICATE.test(code))
    return rejected(host, `has a certificate that cannot be trusted (${code})`, { errno: code });
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return rejected(host, `does not speak TLS on port ${port} as it should`, { errno: code });
  }
  const told = error instanceof Error ? error.message : '';
  const plain = new Error(hideSecrets(told, secrets));
  if (code !== '') Object.assign(plain, { code });
  const { message, details } = networkFailure(plain, host, port);
  return new AppError('source_unreachable', `${host}: ${message}`, { details });
}

/** A text of the other side, on one line, short and without a full stop at its end, in which no secret is repeated. */
export function hideSecrets(text: string, secrets: readonly (string | null)[]): string {
  let shown = text;
  for (const secret of secrets) {
    if (secret !== null && secret !== '') shown = shown.replaceAll(secret, '[secret]');
  }
  return shown
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300)
    .replace(/\.$/u, '');
}
