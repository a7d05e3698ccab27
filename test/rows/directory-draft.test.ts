import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Draft } from '../../src/rows/candidate.ts';
import { directoryDraft, draftOfRecord, isDirectory } from '../../src/rows/directory-draft.ts';
import type { DirectorySpec } from '../../src/rows/directory-draft.ts';
import { contactUuid } from '../../src/rows/directory-uuid.ts';
import { accounts } from '../../src/targets/accounts.ts';
import { contacts } from '../../src/targets/directory.ts';

assert.ok(isDirectory(contacts));
const spec: DirectorySpec = contacts;

function row(values: Readonly<Record<string, string>>): Draft {
  return { identifier: null, values: spec.fields.map(({ name }) => values[name] ?? null), issues: [] };
}

function shown({ values }: Draft): Record<string, string> {
  return Object.fromEntries(
    spec.fields.flatMap(({ name }, at) => {
      const value = values[at] ?? null;
      return value === null ? [] : [[name, value]];
    }),
  );
}

describe('a row of the directory', () => {
  test('is cleaned, and known by the uuid of what identifies it', () => {
    const draft = directoryDraft(
      spec,
      row({
        first_name: '  Ada ',
        last_name: 'Lovelace',
        country: ' United  Kingdom',
        departments: '{"a  b",a}',
        title: ' ',
      }),
    );
    const uuid = contactUuid({ first_name: 'ADA', last_name: 'lovelace' });
    assert.equal(draft.identifier, uuid);
    assert.deepEqual(shown(draft), {
      uuid,
      first_name: 'Ada',
      last_name: 'Lovelace',
      country: 'united kingdom',
      departments: '{"a b",a}',
    });
    assert.deepEqual(shown(directoryDraft(spec, draft)), shown(draft), 'what is clean stays as it is');
  });

  test('is known by the uuid it brings, whatever its version digits', () => {
    const uuid = 'C3D4E5F6-a7b8-9012-cdef-123456789012';
    assert.equal(directoryDraft(spec, row({ uuid, first_name: 'Ada' })).identifier, uuid.toLowerCase());
  });

  test('says what cannot be cleaned', () => {
    assert.deepEqual(directoryDraft(spec, row({ first_name: 'Ada', company_id: 'x' })).issues, [
      {
        field: 'company_id',
        code: 'invalid_format',
        message: 'The company_id must be a uuid.',
        value: 'x',
        fatal: true,
      },
    ]);
  });

  test('tells what is emptied from what is not given', () => {
    const { values } = draftOfRecord(spec, { first_name: 'Ada', title: null, departments: ['a,b'] });
    const of = (name: string): unknown => values[spec.fields.findIndex((field) => field.name === name)];
    assert.deepEqual([of('title'), of('email'), of('departments')], ['', null, '{"a,b"}']);
  });
});

test('other targets are none of the directory', () => {
  assert.equal(isDirectory(accounts), false);
});
