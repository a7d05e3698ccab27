import { z } from 'zod';
import { DATABASE_TYPES } from '../../domain/profile.ts';
import { SSL_MODES } from '../../domain/query.ts';
import type { SourceConnection } from '../../domain/query.ts';
import type { ProfileChanges, ProfileInput } from '../../engine/profiles/profile-input.ts';
import type { ProfileFile } from '../../engine/profiles/profile-file.ts';
import { perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { anyText, optionalText, text } from '../inputs.ts';
import { toldOfProfile } from './present-profile.ts';
import { configurationAnswer, presentConfiguration, queriesBody } from './query-body.ts';

const MAX_NOTES = 20_000;

const connection = {
  database_type: z.enum(DATABASE_TYPES),
  host: text(),
  port: z.number().int().min(1).max(65_535),
  database: text(63),
  username: text(63),
  ssl_mode: z.enum(SSL_MODES).default('prefer'),
};

const about = { name: text(), description: optionalText(MAX_NOTES), notes: optionalText(MAX_NOTES) };
const password = anyText(1_000).min(1);

interface WireConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly ssl_mode: SourceConnection['sslMode'];
}

/** A connection that is only tried. */
export const connectionBody: z.ZodType<SourceConnection> = z
  .object({ ...connection, password })
  .transform(toConnection);

export const newProfileBody: z.ZodType<ProfileInput> = z
  .object({ ...about, ...connection, password })
  .transform(({ name, description, notes, database_type, ...rest }) => ({
    name,
    description,
    notes,
    databaseType: database_type,
    ...toConnection(rest),
  }));

/** The same with every field optional: what is left out stays as it is. */
export const profileChangesBody: z.ZodType<ProfileChanges> = z
  .object({ ...about, ...connection, ssl_mode: z.enum(SSL_MODES) })
  .partial()
  .extend({
    description: optionalChange(MAX_NOTES),
    notes: optionalChange(MAX_NOTES),
    // Forms send the field empty when nobody typed a password.
    password: anyText(1_000).nullish(),
  })
  .transform(({ database_type, ssl_mode, password: given, ...rest }) => ({
    ...rest,
    databaseType: database_type,
    sslMode: ssl_mode,
    password: given ?? undefined,
  }));

function optionalChange(max: number): z.ZodType<string | null | undefined> {
  return anyText(max)
    .nullish()
    .transform((value) => (value === '' ? null : value));
}

const FORMAT = 'lading.profile';
const VERSION = 1;

/** A profile's file, with the password beside it that no file contains. */
export const profileFileBody: z.ZodType<{ file: ProfileFile; password: string | null }> = z
  .object({
    format: z.literal(FORMAT),
    version: z.literal(VERSION),
    profile: z.object({
      ...about,
      ...connection,
      template: z.object({ platform: text(), name: text() }).nullish(),
      configuration: z.object({ queries: queriesBody }).nullish(),
    }),
    password: optionalText(1_000),
  })
  .transform(({ profile, password: given }) => {
    const { database_type, ssl_mode, template, configuration, ...rest } = profile;
    const file = {
      ...rest,
      databaseType: database_type,
      sslMode: ssl_mode,
      template: template ?? null,
      queries: configuration?.queries ?? {},
    };
    return { file, password: given };
  });

export const fileAnswer = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  profile: z.object({
    ...toldOfProfile,
    template: perhaps(z.object({ platform: z.string(), name: z.string() })),
    configuration: configurationAnswer,
  }),
});

/** A profile as a file: everything that another installation needs to make the same one, but no secret and no id. */
export function presentFile(file: ProfileFile): Presented<typeof fileAnswer> {
  return {
    format: FORMAT,
    version: VERSION,
    profile: {
      name: file.name,
      database_type: file.databaseType,
      host: file.host,
      port: file.port,
      database: file.database,
      username: file.username,
      ssl_mode: file.sslMode,
      description: file.description,
      notes: file.notes,
      template: file.template,
      configuration: presentConfiguration(file.queries),
    },
  };
}

function toConnection({
  ssl_mode,
  host,
  port,
  database,
  username,
  password: secret,
}: WireConnection): SourceConnection {
  return { host, port, database, username, password: secret, sslMode: ssl_mode };
}
