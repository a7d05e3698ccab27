import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { plainField } from '../../../src/domain/importer.ts';
import { startImportStage } from '../../support/imports.ts';
import type { ImportStage } from '../../support/imports.ts';

let stage: ImportStage;

before(async () => {
  stage = await startImportStage();
});

after(() => stage.close());

const ROWS = 520_000;

test('a value that a row of another range has is told under the row’s number, whichever range is read first', async () => {
  const id = await stage.importer({
    fields: [plainField('code', 'string', { unique: true }), plainField('n', 'integer')],
  });
  const lines = Array.from({ length: ROWS }, (_, at) => `c${at + 1},${at + 1}`);
  for (const [row, code] of [
    [250_001, 'c1'],
    [400_000, 'c399999'],
    [ROWS, 'c2'],
  ] as const)
    lines[row - 1] = `${code},${row}`;
  const text = `code,n\n${lines.join('\n')}\n`;
  for (const kind of ['validate', 'import'] as const) {
    const { job, counters } = await stage.run(id, text, { kind });
    assert.match(job.reading[job.targets[0]?.spec.type ?? ''] ?? '', /3 ranges/u);
    assert.deepEqual([counters.created, counters.failed], [ROWS - 3, 3]);
    const { rows } = await stage.engine.jobs.issues(stage.engine.actor, job.id, { page: 1, perPage: 10 });
    assert.deepEqual(
      rows.map(({ rowNumber, value }) => [rowNumber, value]),
      [
        [250_001, 'c1'],
        [400_000, 'c399999'],
        [ROWS, 'c2'],
      ],
    );
  }
});
