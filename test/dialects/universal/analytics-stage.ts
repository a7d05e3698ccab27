import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { importedJob } from '../../support/imported-jobs.ts';
import type { ImportedJob } from '../../support/imported-jobs.ts';
import type { TestImport } from '../../support/records.ts';
import { makePeople, makePeopleProfile } from './people.ts';
import { startUniversal } from './universal-app.ts';
import type { Caller, Json, UniversalApp } from './universal-app.ts';

/** The dialect, and jobs whose figures it tells. */
export interface AnalyticsStage {
  readonly universal: UniversalApp;
  profileOf(caller: Caller, name?: string): Promise<string>;
  /** An import of somebody's tenant. */
  imported(caller: Caller, job: Omit<ImportedJob, 'tenantId'>): Promise<TestImport>;
  /** Changes what the ledger says of rows, as reviewers do. */
  review(job: TestImport, set: string, rows: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

export async function startAnalytics(): Promise<AnalyticsStage> {
  const universal = await startUniversal();
  const source = await makePeople();
  const { orm } = universal.app;
  return {
    universal,
    profileOf: (caller, name = 'Production Database') => makePeopleProfile(caller, source, name),
    imported: (caller, job) => importedJob(orm, { tenantId: caller.user.tenantId, ...job }),
    async review({ jobNumber }, set, rows) {
      await orm.em
        .fork()
        .execute(`update "import_records" set ${set} where "job_number" = ? and "row_number" = any(?::bigint[])`, [
          jobNumber,
          `{${rows.join(',')}}`,
        ]);
    },
    async close() {
      await universal.close();
      await source.drop();
    },
  };
}

/** An answer. Paths are below `/analytics`. */
export async function told(caller: Caller, path: string): Promise<Json> {
  const { status, body } = await caller.ask('GET', `/analytics${path}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** Rows that only their e-mail says to be the same. */
export const people = (...emails: readonly string[]): { external_id: string; email: string }[] =>
  emails.map((email) => ({ external_id: randomUUID(), email }));

/** What is known of matches before anybody has looked at one. */
export const NOTHING_JUDGED = {
  true_positives: null,
  false_positives: null,
  false_negatives: null,
  reviewed_matches: 0,
  pending_matches: 0,
};
