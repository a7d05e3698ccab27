import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { listed, makeSource, onDatabase, said, startUniversal } from './universal-app.ts';
import type { Caller, Json, SourceDatabase, UniversalApp } from './universal-app.ts';

/** A tenant with a source of people, whose imports are run by a worker. */
export interface BulkStage {
  readonly universal: UniversalApp;
  readonly owner: Caller;
  readonly source: SourceDatabase;
  /** Runs an import of table `people` of the source to its end; its id. */
  run(options?: ImportWishes): Promise<string>;
  ended(jobId: string): Promise<void>;
  onSource(...statements: readonly string[]): Promise<void>;
  /** The records of a job as they are listed, in the order of their rows. */
  records(jobId: string, caller?: Caller): Promise<readonly Json[]>;
  /** Ids of records of a job, by row numbers. */
  ids(jobId: string, ...rows: readonly number[]): Promise<string[]>;
  /** What reviewers said of records of a job, by row. */
  reviews(jobId: string): Promise<{ row: number; status: string; verdict: string | null; by: string | null }[]>;
  /** The people in the target: who made them, name, e-mail, company; in the order of their making. */
  people(): Promise<unknown[]>;
  /** Their names. */
  names(): Promise<string[]>;
  /** Asks for records to be deleted. */
  remove(body: object, by?: Caller): ReturnType<Caller['ask']>;
  /** Begins anew: nothing was imported, and the source holds Ada, Bea, Cid, and Ada with another name. */
  again(): Promise<void>;
  sql<T>(statement: string, parameters?: readonly unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

export interface ImportWishes {
  readonly by?: Caller;
  readonly profileId?: string;
  readonly mode?: object;
  readonly batchSize?: number;
}

/** Duplicates by e-mail are left out. */
export const SKIPPING = {
  skip_duplicates: true,
  duplicate_detection: { enabled: true, strategy: 'exact', primary_fields: ['email'] },
};

/** Ada, who comes again as two and three; Bob is nobody else. */
export const TWINS = `values (1, 'Ada', 'ada@example.com', null), (2, 'Ada Lovelace', 'ADA@example.com', 'Engines'),
  (3, 'A. L.', 'ada@example.com', null), (4, 'Bob', 'bob@example.com', 'Builders')`;

/** `rows` of people are (id, name, email, company). */
export async function startBulk(rows: string): Promise<BulkStage> {
  const universal = await startUniversal({ worker: true, rateLimits: 'off' });
  const owner = await universal.join();
  const source = await makeSource([
    'create table people (id integer primary key, name text, email text, company text, born text)',
    `insert into people (id, name, email, company) ${rows}`,
  ]);
  const sql: BulkStage['sql'] = (statement, parameters = []) =>
    universal.app.orm.em.fork().execute(statement, [...parameters]);
  const ended = async (jobId: string): Promise<void> => {
    for (;;) {
      const [job] = await sql<{ status: string }>('select status from import_jobs where id = ?', [jobId]);
      if (job?.status === 'completed') return;
      assert.ok(job?.status === 'pending' || job?.status === 'running', `the job is ${job?.status}`);
      await delay(50);
    }
  };
  const records: BulkStage['records'] = async (jobId, caller = owner) => {
    const { body } = await caller.ask('GET', `/analytics/records?per_page=1000&job_id=${jobId}`);
    return listed(body['data']);
  };
  const people = (): Promise<{ name: string }[]> =>
    sql('select external_id as id, name, email, company from target.customer_users order by created_at, id');
  return {
    universal,
    owner,
    source,
    ended,
    records,
    sql,
    async run({ by = owner, profileId, mode = {}, batchSize = 100 } = {}) {
      const { status, body } = await by.ask('POST', '/jobs', {
        profile_id: profileId ?? (await makeProfile(by, source)),
        options: { batch_size: batchSize },
        mode_config: mode,
      });
      assert.equal(status, 201, JSON.stringify(body));
      const jobId = said(body['job']?.['id']);
      await ended(jobId);
      return jobId;
    },
    onSource: (...statements) => onDatabase(source.url, statements),
    async ids(jobId, ...rows) {
      const all = await records(jobId);
      return rows.map((row) => said(all.find((record) => Number(record['row_number']) === row)?.['id']));
    },
    reviews: (jobId) =>
      sql(
        `select row_number::int as row, review_status as status, review_verdict::text as verdict, reviewed_by_id as by
         from import_records where job_number = (select number from import_jobs where id = ?)
           and review_status is not null order by 1`,
        [jobId],
      ),
    people,
    names: async () => (await people()).map(({ name }) => name),
    remove: (body, by = owner) => by.ask('DELETE', '/records/bulk', body),
    async again() {
      await sql('truncate target.customer_users, import_records, import_issues, import_aliases, audit_entries cascade');
      await onDatabase(source.url, [
        'truncate people',
        `insert into people (id, name, email) values (1, 'Ada', 'ada@example.com'), (2, 'Bea', 'bea@example.com'),
           (3, 'Cid', 'cid@example.com'), (4, 'Ada L.', 'ada@example.com')`,
      ]);
    },
    async close() {
      await universal.close();
      await source.drop();
    },
  };
}

let profiles = 0;

/** A profile of the source that makes customers of people. */
export async function makeProfile(caller: Caller, source: SourceDatabase): Promise<string> {
  const { body } = await caller.ask('POST', '/profiles', { name: `People ${++profiles}`, ...source.fields });
  const id = said(body['profile']?.['id']);
  const fields = { external_id: 'id', name: 'name', email: 'email', company: 'company', birth_date: 'born' };
  const saved = await caller.ask('POST', `/profiles/${id}/queries`, {
    base_table: 'people',
    fields: Object.entries(fields).map(([target, column]) => ({ source: `people.${column}`, target })),
    target_type: 'customer_users',
  });
  assert.equal(saved.status, 200, JSON.stringify(saved.body));
  return id;
}

/** What is said of a bulk request, but for its jobs. */
export function told({ status, body }: { status: number; body: Json }): object {
  const { job, jobs, ...rest } = body as unknown as Record<string, unknown>;
  void job;
  return { status, ...rest, jobs: listed(jobs as Json).length };
}
