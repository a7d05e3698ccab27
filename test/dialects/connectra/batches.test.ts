import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { contactUuid } from '../../../src/rows/directory-uuid.ts';
import { contacts, ok, UUIDS } from './directory-stage.ts';
import { listed, said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';

let stage: UniversalApp;
before(async () => {
  stage = await startUniversal();
});
after(() => stage.close());

async function refused(caller: Caller, path: string, body: unknown): Promise<string> {
  const answer = await caller.askAt('POST', path, body);
  assert.equal(answer.status, 400);
  return said(answer.body['error']);
}

describe('a batch', () => {
  test('changes only the columns that are given; null empties one', async () => {
    const caller = await stage.join();
    await ok(caller, 'POST', '/contacts/batch-upsert', [
      {
        uuid: UUIDS[0],
        first_name: 'Ada',
        email: 'Ada@Example.COM',
        title: 'Countess',
        departments: ['Maths', 'Poetry'],
      },
    ]);
    await ok(caller, 'POST', '/contacts/batch-upsert', [
      { uuid: UUIDS[0], title: '  Analyst  of  Engines ', email: null },
      { uuid: UUIDS[1], first_name: 'Bo', title: null },
    ]);
    assert.deepEqual(await contacts(caller, 'first_name', 'email', 'title', 'departments'), [
      { first_name: 'Ada', email: null, title: 'Analyst of Engines', departments: ['Maths', 'Poetry'] },
      { first_name: 'Bo', email: null, title: null, departments: null },
    ]);
  });

  test('says the uuids in the order sent; of what stands twice in it the later wins', async () => {
    const caller = await stage.join();
    const uuid = contactUuid({ first_name: 'Jo', last_name: 'Do' });
    const { contact_uuids: uuids } = await ok(caller, 'POST', '/contacts/batch-upsert', [
      { uuid: UUIDS[1], first_name: 'Bo' },
      { first_name: 'Jo', last_name: 'Do', title: 'First', city: 'Rome' },
      { uuid: UUIDS[0], first_name: 'Ada' },
      { first_name: ' JO ', last_name: 'do', title: 'Last' },
    ]);
    assert.deepEqual(uuids, [UUIDS[1], uuid, UUIDS[0], uuid]);
    assert.deepEqual(
      (await contacts(caller, 'uuid', 'first_name', 'title', 'city')).filter((row) => row['uuid'] === uuid),
      [{ uuid, first_name: 'JO', title: 'Last', city: 'rome' }],
    );
  });

  test('of rows leaves what is there where a cell is empty, and links the contact to its company', async () => {
    const caller = await stage.join();
    const row = {
      company: 'Acme',
      company_city: 'Rome',
      first_name: 'Jo',
      city: 'Bern',
      departments: 'A, B',
      employees: '500',
    };
    const first = await ok(caller, 'POST', '/common/batch-upsert', { data: [row] });
    const second = await ok(caller, 'POST', '/common/batch-upsert', {
      data: [{ ...row, company_city: '', city: ' ', departments: null, employees: '', title: 'Boss' }],
    });
    assert.deepEqual(second, first);
    const { data } = await ok(caller, 'POST', '/contacts/', {
      select_columns: ['first_name', 'city', 'departments', 'title'],
      company_config: { populate: true, select_columns: ['name', 'city', 'employees_count'] },
    });
    const [{ cursor: _cursor, ...contact } = {} as Json] = listed(data);
    assert.deepEqual(contact, {
      first_name: 'Jo',
      city: 'bern',
      departments: ['A', 'B'],
      title: 'Boss',
      company: { name: 'Acme', city: 'rome', employees_count: 500 },
    });
  });

  test('of rows says null where a row has no company or no contact', async () => {
    const caller = await stage.join();
    const answer = await ok(caller, 'POST', '/common/batch-upsert', {
      data: [{ first_name: 'Jo' }, { company: 'Acme' }],
    });
    assert.deepEqual(
      [
        listed(answer['company_uuids']).map((uuid) => uuid === null),
        listed(answer['contact_uuids']).map((uuid) => uuid === null),
      ],
      [
        [true, false],
        [false, true],
      ],
    );
  });

  test('is taken as a whole or not at all, and every row at fault is named', async () => {
    const caller = await stage.join();
    const rows = [
      { first_name: 'Ada' },
      { company_id: 'no uuid', first_name: 'Bo' },
      { title: 'Nobody' },
      { first_name: 'Cy', departments: [1] },
      'Di',
      null,
    ];
    assert.equal(
      await refused(caller, '/contacts/batch-upsert', rows),
      'ERR_INVALID_ROW: Row 2: company_id must be a uuid. ' +
        'Row 3: nothing says which contact it is (uuid, first_name, last_name or linkedin_url). ' +
        'Row 4: departments must be a list of texts, or one text with commas between them. ' +
        'Row 5: it must be an object. Row 6: it must be an object.',
    );
    assert.equal(
      await refused(caller, '/common/batch-upsert', { data: [{ company: 'Acme', employees: 'many' }, []] }),
      'ERR_INVALID_ROW: Row 1: employees: employees_count must be a whole number. Row 2: it must be an object.',
    );
    assert.deepEqual(await ok(caller, 'POST', '/contacts/count', {}), { success: true, count: 0 });
    const { meta } = await ok(caller, 'GET', '/api/import/jobs');
    assert.equal(meta?.['total'], 0);
  });

  test('without rows, with too many, and what is no list of rows, is refused', async () => {
    const caller = await stage.join();
    for (const [path, empty] of [
      ['/companies/batch-upsert', []],
      ['/contacts/batch-upsert', []],
      ['/contacts/batch-upsert', undefined],
      ['/common/batch-upsert', { data: [] }],
      ['/common/batch-upsert', {}],
    ] as const) {
      assert.equal(await refused(caller, path, empty), 'ERR_EMPTY_PAYLOAD: The data array is empty.');
    }
    const many = Array.from({ length: 10_001 }, (_, n) => ({ first_name: `N${n}` }));
    assert.equal(
      await refused(caller, '/contacts/batch-upsert', many),
      'ERR_BATCH_TOO_LARGE: A batch has at most 10000 rows; 10001 were sent.',
    );
    assert.equal(
      await refused(caller, '/contacts/batch-upsert', 'text'),
      'ERR_BAD_REQUEST: The request body is not valid JSON.',
    );
    assert.equal(
      await refused(caller, '/common/batch-upsert', { data: 'x' }),
      'ERR_VALIDATION: The rows must be an array.',
    );
  });

  test('needs system.import to be written, and a login to be read', async () => {
    const agent = await stage.join({ role: 'agent' });
    const { status, body } = await agent.askAt('POST', '/contacts/batch-upsert', [{ first_name: 'Ada' }]);
    assert.deepEqual(
      [status, body],
      [403, { success: false, error: 'ERR_FORBIDDEN: This action needs the permission system.import.' }],
    );
    assert.deepEqual(await ok(agent, 'POST', '/contacts/count', {}), { success: true, count: 0 });
  });

  test('of hostile values keeps them as they are', async () => {
    const caller = await stage.join();
    const values = [
      `'; drop table x; --`,
      '{a,"b"}',
      'NULL',
      '\\N',
      '"',
      'a,b',
      '$1',
      '%',
      '<script>',
      '😀',
      '__proto__',
      'é ',
    ];
    const rows = values.map((value, n) => ({
      first_name: `n${n}`,
      title: value,
      departments: [value, 'x'],
      __proto__x: 1,
    }));
    const { contact_uuids: uuids } = await ok(caller, 'POST', '/contacts/batch-upsert', rows);
    const found = new Map((await contacts(caller, 'uuid', 'title', 'departments')).map((row) => [row['uuid'], row]));
    for (const [n, value] of values.entries()) {
      const { title, departments } = found.get(listed(uuids)[n]) ?? {};
      assert.deepEqual([title, departments], [value.trim(), [value.trim(), 'x']]);
    }
  });

  test('that meets others in the same records waits for them, and none is lost', async () => {
    const caller = await stage.join();
    const names = Array.from({ length: 60 }, (_, n) => `Name ${n}`);
    const batch = (n: number): object[] => {
      const rows = names.map((first_name) => ({ first_name, [n % 2 === 0 ? 'title' : 'city']: `by ${n}` }));
      return n % 3 === 0 ? rows.toReversed() : rows;
    };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => caller.askAt('POST', '/contacts/batch-upsert', batch(n))),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map(() => 200),
    );
    const rows = await contacts(caller, 'title', 'city');
    assert.equal(rows.length, names.length);
    // Each batch was written as a whole, so all records end with the same last ones.
    assert.equal(new Set(rows.map((row) => JSON.stringify(row))).size, 1);
  });
});
