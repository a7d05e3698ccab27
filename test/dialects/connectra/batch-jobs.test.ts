import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { contacts, ok, UUIDS } from './directory-stage.ts';
import { listed, said, startUniversal } from '../universal/universal-app.ts';
import type { UniversalApp } from '../universal/universal-app.ts';

let stage: UniversalApp;
before(async () => {
  stage = await startUniversal();
});
after(() => stage.close());

describe('the job of a batch', () => {
  test('is one like any other: listed, counted, with a ledger and a certificate', async () => {
    const caller = await stage.join();
    await ok(caller, 'POST', '/contacts/batch-upsert', [
      { first_name: 'Ada', title: 'A' },
      { first_name: 'Bo', title: 'B' },
    ]);
    await ok(caller, 'POST', '/common/batch-upsert', {
      data: [
        { first_name: 'Ada', title: 'Changed', company: 'Acme' },
        { first_name: 'Bo', title: 'B', company: 'Acme' },
      ],
    });
    const { data } = await ok(caller, 'GET', '/api/import/jobs');
    assert.deepEqual(
      listed(data).map(
        ({ kind, source, status, records_processed: all, records_imported: imported, records_updated: updated }) => [
          kind,
          source,
          status,
          all,
          imported,
          updated,
        ],
      ),
      [
        ['import', 'api', 'completed', 4, 3, 2],
        ['import', 'api', 'completed', 2, 2, 0],
      ],
    );
    const id = said(listed(data)[0]?.['id']);
    const { data: records } = await ok(caller, 'GET', `/api/import/analytics/records?job_id=${id}`);
    assert.deepEqual(
      listed(records)
        .map(({ target_type: type, import_action: action, row_number: row }) => [said(type), row, action])
        .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
      [
        ['companies', 1, 'created'],
        ['companies', 2, 'skipped'],
        ['contacts', 1, 'updated'],
        ['contacts', 2, 'updated'],
      ],
    );
    for (const job of listed(data)) {
      const { certificate } = await ok(caller, 'GET', `/api/import/jobs/${said(job['id'])}/certificate`);
      assert.equal(certificate?.['balanced'], true, JSON.stringify(certificate));
    }
    const { data: events } = await ok(caller, 'GET', `/api/import/events?job_id=${id}`);
    assert.deepEqual(
      listed(events).map(({ type }) => type),
      ['job_created', 'job_started', 'job_completed'],
    );
    const { status } = await caller.ask('POST', `/jobs/${id}/retry`, {});
    assert.equal(status, 400);
  });

  test('is another tenant’s nobody’s business, though both know the same people', async () => {
    const [ours, theirs] = [await stage.join(), await stage.join()];
    const row = { first_name: 'Ada', title: 'Ours' };
    const [mine] = [await ok(ours, 'POST', '/contacts/batch-upsert', [row])];
    const other = await ok(theirs, 'POST', '/contacts/batch-upsert', [{ ...row, title: 'Theirs' }]);
    assert.deepEqual(mine, other);
    assert.deepEqual(await contacts(ours, 'title'), [{ title: 'Ours' }]);
    const uuid = said(listed(mine['contact_uuids'])[0]);
    const { history, title } = await ok(ours, 'GET', `/api/import/targets/contacts/records/${uuid}`);
    assert.deepEqual([title, listed(history).length], ['Ours', 1]);
    const { data } = await ok(theirs, 'GET', '/api/import/jobs');
    assert.equal((await ours.ask('GET', `/jobs/${said(listed(data)[0]?.['id'])}`)).status, 404);
  });
});

describe('a record of the directory', () => {
  test('is listed, found by one of its list’s values, and edited by its own rules', async () => {
    const caller = await stage.join();
    await ok(caller, 'POST', '/contacts/batch-upsert', [
      { uuid: UUIDS[0], first_name: 'Ada', departments: ['Maths', 'Poetry'] },
      { uuid: UUIDS[1], first_name: 'Bo' },
    ]);
    const { data } = await ok(caller, 'GET', '/api/import/targets/contacts/records?filter[departments]=Poetry');
    assert.deepEqual(
      listed(data).map(({ id, uuid, first_name: name, departments }) => ({ id, uuid, name, departments })),
      [{ id: UUIDS[0], uuid: UUIDS[0], name: 'Ada', departments: ['Maths', 'Poetry'] }],
    );
    const path = `/targets/contacts/records/${UUIDS[0]}`;
    const { status } = await caller.ask('PATCH', path, { city: ' ROME ', departments: 'A, B', uuid: UUIDS[0] });
    assert.equal(status, 200);
    assert.deepEqual((await contacts(caller, 'city', 'departments'))[0], { city: 'rome', departments: ['A', 'B'] });
    const { body } = await caller.ask('PATCH', path, { uuid: UUIDS[1], company_id: 'x' });
    assert.deepEqual(body['errors'], {
      uuid: ['The uuid of a record cannot be changed.'],
      company_id: ['The company_id must be a uuid.'],
    });
  });
});
