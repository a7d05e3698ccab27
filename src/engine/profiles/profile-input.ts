import type { DatabaseType } from '../../domain/profile.ts';
import type { SourceConnection } from '../../domain/query.ts';

/** A new profile, checked field by field where it came in. */
export interface ProfileInput extends SourceConnection {
  readonly name: string;
  readonly databaseType: DatabaseType;
  readonly description: string | null;
  readonly notes: string | null;
}

/** What is to change in a profile; what is left out stays. An empty password is none given. */
export type ProfileChanges = { readonly [Key in keyof ProfileInput]?: ProfileInput[Key] | undefined };

/** The fields that say where and as whom a profile connects; a change of one makes the last test worthless. */
export const CONNECTION_FIELDS = ['host', 'port', 'database', 'username', 'sslMode'] as const;
