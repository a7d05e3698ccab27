import { passwordBinding } from '../domain/profile.ts';
import type { SourceConnection, SslMode } from '../domain/query.ts';
import type { Sealer } from '../platform/sealing.ts';

/** A profile as it is stored, as far as a connection needs it. */
export interface StoredConnection {
  readonly id: string;
  readonly tenantId: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly passwordSealed: string;
  readonly sslMode: string;
}

/** The six fields a profile's driver gets, and no more. Throws `internal` when the password cannot be opened. */
export function connectionOf(profile: StoredConnection, sealer: Sealer): SourceConnection {
  const { host, port, database, username } = profile;
  const password = sealer.open(profile.passwordSealed, passwordBinding(profile));
  // Written by this program, which accepts no other.
  return { host, port, database, username, password, sslMode: profile.sslMode as SslMode };
}
