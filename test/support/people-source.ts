import type pg from 'pg';
import { people } from '../../bench/people.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import { makeActor } from './factories.ts';
import { makeProfile } from './jobs.ts';
import type { TestEngine } from './jobs.ts';

type Row = readonly (string | null)[];

/** The fields of invented people, as customers have them. */
export const FIELDS = people(0, 0, 'clean', 0).fields.map((field) => field.name);

/** A query that reads a table of people. */
export function peopleQuery(table: string): QueryConfiguration {
  return {
    name: null,
    baseTable: table,
    joins: [],
    fields: ['code', ...FIELDS].map((field) => ({
      source: `${table}.${field}`,
      target: field === 'code' ? 'external_id' : field,
    })),
    filters: [],
    targetType: 'customer_users',
  };
}

/** Makes a table of people in the source, in the order given; the code says who is who. */
export async function fillPeople(
  { source }: { readonly source: pg.Client | pg.Pool },
  table: string,
  rows: ReadonlyMap<string, Row>,
): Promise<void> {
  await source.query(
    `create table "${table}" ("code" text primary key, ${FIELDS.map((field) => `"${field}" text`).join(', ')})`,
  );
  const columns = [[...rows.keys()], ...FIELDS.map((_, at) => [...rows.values()].map((row) => row[at] ?? null))];
  await source.query(
    `insert into "${table}" select * from unnest(${columns.map((_, at) => `$${at + 1}::text[]`).join(', ')})`,
    columns,
  );
}

/** Rows under codes that sort as they stand. */
export function coded(prefix: string, rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row, at) => [`${prefix}-${String(at).padStart(6, '0')}`, row]));
}

/** A person by a few fields. */
export function person(fields: Readonly<Record<string, string>>): Row {
  return FIELDS.map((name) => fields[name] ?? null);
}

/** Somebody whose records and jobs nobody else's touch. */
export interface Importer {
  readonly actor: Actor;
  /** The profile by which a table of people is imported. */
  profile(table: string): Promise<string>;
  /** Imports a table of people to its end; the id of the job. */
  run(table: string, input?: Partial<CreateJobInput>): Promise<string>;
  /** The same without waiting. */
  start(table: string, input?: Partial<CreateJobInput>): Promise<string>;
  /** What became of each row of a job, by its code. */
  outcomes(jobId: string): Promise<Map<string, RowOutcome>>;
  /** Records by the code of the row that made them. */
  records(): Promise<Map<string, Readonly<Record<string, string | null>>>>;
}

export interface RowOutcome {
  readonly action: string;
  readonly review: string | null;
  /** Code of the row that made the record it is, or may be. */
  readonly record: string | null;
  readonly confidence: number | null;
}

interface OutcomeRow {
  readonly code: string;
  readonly action: string;
  readonly review: string | null;
  readonly record: string | null;
  readonly confidence: string | null;
}

export async function makeImporter(engine: TestEngine): Promise<Importer> {
  const actor = await makeActor(engine.orm);
  const profiles = new Map<string, Promise<string>>();
  const profile: Importer['profile'] = (table) => {
    const profileId =
      profiles.get(table) ?? makeProfile(engine.deps, actor, engine.sourceUrl, { customer_users: peopleQuery(table) });
    profiles.set(table, profileId);
    return profileId;
  };
  const start: Importer['start'] = async (table, input = {}) => {
    const view = await engine.jobs.create(actor, { profileId: await profile(table), ...input });
    return view.job.id;
  };
  return {
    actor,
    profile,
    start,
    async run(table, input) {
      const jobId = await start(table, input);
      const { status, error } = await engine.reached(jobId, 'completed', 'failed');
      if (status === 'failed') throw new Error(`the job failed: ${JSON.stringify(error)}`);
      return jobId;
    },
    async outcomes(jobId) {
      const rows: OutcomeRow[] = await engine.orm.em.fork().execute(
        `select r."source_identifier" as "code", r."action", r."review_status" as "review",
           t."external_id" as "record", r."matched" ->> 'confidence' as "confidence"
         from "import_records" as r join "import_jobs" as j on j."number" = r."job_number"
         left join "target"."customer_users" as t on t."id" = coalesce(r."target_id", r."duplicate_of")
         where j."id" = ? order by r."source_identifier"`,
        [jobId],
      );
      return new Map(
        rows.map(({ code, confidence, ...rest }) => [
          code,
          { ...rest, confidence: confidence === null ? null : Number(confidence) },
        ]),
      );
    },
    async records() {
      const rows: Record<string, string | null>[] = await engine.orm.em
        .fork()
        .execute(`select * from "target"."customer_users" where "tenant_id" = ?`, [actor.tenantId]);
      return new Map(rows.map((row) => [String(row['external_id']), row]));
    },
  };
}
