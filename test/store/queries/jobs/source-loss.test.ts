import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { missSource } from '../../../../src/store/queries/jobs/source-loss.ts';
import { startImport } from '../../../support/records.ts';
import { openTestStore } from '../../../support/store.ts';

const { orm } = await openTestStore();
let partitionId: number;

before(async () => {
  const job = await startImport(orm, { status: 'running', planned: [10] });
  partitionId = (await job.partitions())[0]?.id ?? 0;
});

/** What was written down happened so many seconds earlier. */
const later = (seconds: number): Promise<unknown> =>
  orm.em.fork().execute(
    `update "import_partitions" set "progressed_at" = "progressed_at" - "by", "source_lost_at" = "source_lost_at" - "by",
       "source_missed_at" = "source_missed_at" - "by"
     from make_interval(secs => ?) as "by" where "id" = ?`,
    [seconds, partitionId],
  );
const missed = async (): Promise<number> => Math.round(await missSource(orm.em.fork(), partitionId));

test('a source is away since it was first missed, however long ago its last row came', async () => {
  await later(3_600);
  assert.equal(await missed(), 0);
  await later(100);
  assert.equal(await missed(), 100);
  await later(100);
  assert.equal(await missed(), 200);
});

test('the time in which nobody tried does not count', async () => {
  await later(600);
  assert.equal(await missed(), 0);
  await later(60);
  assert.equal(await missed(), 60);
});

test('a row that comes ends it', async () => {
  await later(10);
  await orm.em
    .fork()
    .execute(`update "import_partitions" set "progressed_at" = clock_timestamp() where "id" = ?`, [partitionId]);
  assert.equal(await missed(), 0);
});
