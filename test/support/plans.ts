import assert from 'node:assert/strict';
import type { QueryConfiguration } from '../../src/domain/query.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import { createPlans } from '../../src/engine/plans/index.ts';
import type { Plans, PlanView } from '../../src/engine/plans/index.ts';
import { makeProfile, startTestEngine } from './jobs.ts';
import type { TestEngine } from './jobs.ts';

/** Rows of the two tables that a plan is made of. */
export const PEOPLE = 120;
export const CASES = 90;

const query = (baseTable: string, targetType: string, fields: Record<string, string>): QueryConfiguration => ({
  name: null,
  baseTable,
  joins: [],
  filters: [],
  targetType,
  fields: Object.entries(fields).map(([target, source]) => ({ target, source })),
});

const QUERIES = {
  customer_users: query('people', 'customer_users', {
    external_id: 'id',
    name: 'name',
    email: 'email',
    city: 'city',
    birth_date: 'born',
  }),
  tickets: query('cases', 'tickets', { external_id: 'id', subject: 'subject', customer_user_id: 'person_id' }),
};

/** An engine with a worker, and a profile for people and the cases they have. */
export interface PlanStage {
  readonly engine: TestEngine;
  readonly plans: Plans;
  /** Changes with each `begin`. */
  profileId: string;
  /** An empty target, a source as it was at first. */
  begin(): Promise<void>;
  planned(input?: Partial<CreateJobInput>): Promise<PlanView>;
  /** The job that applied a plan, when it has ended. */
  applied(plan: PlanView): Promise<string>;
  imported(input?: Partial<CreateJobInput>): Promise<string>;
  /** Asks the store. */
  all(sql: string, parameters?: unknown[]): Promise<unknown[]>;
  /** What the target holds, by identifiers of the source. */
  target(): Promise<unknown[]>;
  /** What the ledger says of a job's rows. */
  outcomes(jobId: string): Promise<unknown[]>;
  /** The rows of a job that were held. */
  drifts(jobId: string): Promise<number[]>;
  counters(jobId: string): Promise<object>;
  /** What plans that are under way have in the store; nothing, when there are none. */
  leftovers(): Promise<unknown[]>;
  /** Holds a plan and the job that applies it against an import of the same rows into the same target. */
  assertAgrees(input: Partial<CreateJobInput>): Promise<void>;
}

export async function startPlanStage(): Promise<PlanStage> {
  const engine = await startTestEngine();
  const plans = createPlans(engine.deps);
  await engine.startWorker();
  const options = { batchSize: 25 };
  const all: PlanStage['all'] = (sql, parameters = []) => engine.orm.em.fork().execute(sql, parameters);
  const stage: PlanStage = {
    engine,
    plans,
    profileId: '',
    all,
    async begin() {
      await engine.emptyTarget();
      await engine.source.query(`
        drop table if exists people, cases;
        create table people (nr serial primary key, id integer, name text, email text, city text, born text);
        create table cases (id integer primary key, subject text, person_id integer);
        insert into people (id, name, email, city, born)
          select n, 'person ' || n, n || '@example.com', 'Oslo', date '1970-01-01' + n
          from generate_series(1, ${PEOPLE}) as n;
        insert into cases select n, 'case ' || n, 1 + n % ${PEOPLE} from generate_series(1, ${CASES}) as n;`);
      stage.profileId = await makeProfile(engine.deps, engine.actor, engine.sourceUrl, QUERIES);
    },
    async planned(input = {}) {
      const { job } = await plans.create(engine.actor, { profileId: stage.profileId, options, ...input });
      await engine.reached(job.id, 'completed');
      return plans.get(engine.actor, job.id);
    },
    async applied(plan) {
      const { job } = await plans.apply(engine.actor, plan.job.id);
      await engine.reached(job.id, 'completed');
      return job.id;
    },
    async imported(input = {}) {
      const jobId = await engine.create({ profileId: stage.profileId, options, ...input });
      await engine.reached(jobId, 'completed');
      return jobId;
    },
    target: () =>
      all(
        `select 'person' as "what", "external_id", "name", "email", "city", "birth_date"::text as "more",
           encode("source_hash", 'hex') as "hash"
         from "target"."customer_users" where "tenant_id" = ?
         union all
         select 'case', "t"."external_id", "t"."subject", "c"."external_id", null, null, null
         from "target"."tickets" as "t"
         left join "target"."customer_users" as "c" on "c"."id" = "t"."customer_user_id"
         where "t"."tenant_id" = ? order by 1, 2, 3, 4, 5`,
        [engine.actor.tenantId, engine.actor.tenantId],
      ),
    outcomes: (jobId) =>
      all(
        `select "target_ordinal", "row_number"::int, "source_identifier", "action"::text,
           "duplicate_of" is not null as "duplicate", "before_image" - 'updated_at' - 'customer_user_id' as "before",
           (select string_agg("code", ' ' order by "ordinal") from "import_issues" as "i"
            where ("i"."job_number", "i"."target_ordinal", "i"."row_number")
              = ("r"."job_number", "r"."target_ordinal", "r"."row_number")) as "issues"
         from "import_records" as "r" join "import_jobs" as "j" on "j"."number" = "job_number" where "j"."id" = ?
         order by "target_ordinal", "row_number"`,
        [jobId],
      ),
    async drifts(jobId) {
      const { rows } = await engine.jobs.issues(engine.actor, jobId, { code: 'drifted', page: 1, perPage: 100 });
      return rows.map((issue) => issue.rowNumber);
    },
    counters: (jobId) => engine.counters(jobId),
    leftovers: () =>
      all(`select "tablename" from "pg_tables" where "schemaname" = 'lading_plan'
        union all select "target_type" from "import_aliases" where "target_type" like 'plan %'`),
    async assertAgrees(input) {
      const before = await stage.target();
      const plan = await stage.planned(input);
      assert.deepEqual(await stage.target(), before, 'the target is as it was');
      assert.deepEqual(await stage.leftovers(), []);

      await all(`create schema kept; create table kept.people as table target.customer_users;
        create table kept.cases as table target.tickets; create table kept.aliases as table import_aliases`);
      const jobId = await stage.imported(input);
      const ended = [await stage.target(), await stage.outcomes(jobId), await stage.counters(jobId)];
      await all(`truncate target.customer_users cascade; truncate import_aliases;
        insert into target.customer_users table kept.people; insert into target.tickets table kept.cases;
        insert into import_aliases table kept.aliases; drop schema kept cascade`);

      const job = await stage.applied(plan);
      assert.deepEqual([await stage.target(), await stage.outcomes(job), await stage.counters(job)], ended);
      const { created, updated, skipped, failed } = await engine.counters(job);
      const { drifted, review, ...summary } = (await plans.get(engine.actor, plan.job.id)).summary;
      assert.deepEqual(summary, { create: created, update: updated, skip: skipped, fail: failed });
      assert.deepEqual([drifted, review], [0, 0]);
    },
  };
  return stage;
}
