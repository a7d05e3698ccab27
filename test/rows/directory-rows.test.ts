import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RowBlock } from '../../src/domain/row-block.ts';
import { isDirectory } from '../../src/rows/directory-draft.ts';
import { readDirectoryHeader } from '../../src/rows/directory-header.ts';
import { compileDirectoryRows } from '../../src/rows/directory-rows.ts';
import { companyUuid, contactUuid } from '../../src/rows/directory-uuid.ts';
import { companies, contacts } from '../../src/targets/directory.ts';

/** What columns of a header are of: `company.name`, or nothing. */
function meanings(...header: string[]): string[] {
  const { company, contact } = readDirectoryHeader(header);
  return header.map((_, at) =>
    [
      ...company.map((filled) => ({ of: 'company', ...filled })),
      ...contact.map((filled) => ({ of: 'contact', ...filled })),
    ]
      .filter((filled) => filled.at === at)
      .map(({ of, column }) => `${of}.${column.name}`)
      .toSorted()
      .join(' '),
  );
}

describe('what columns of a file are of', () => {
  test('the columns of the batch upsert, in any case and writing', () => {
    assert.deepEqual(
      meanings('Company', 'company linkedin-url', 'Employees', 'CITY', 'First Name', 'person_linkedin_url'),
      [
        'company.name',
        'company.linkedin_url',
        'company.employees_count',
        'contact.city',
        'contact.first_name',
        'contact.linkedin_url',
      ],
    );
  });

  test('a file without columns that only contacts have is of companies', () => {
    assert.deepEqual(meanings('uuid', 'name', 'city', 'linkedin_url', 'website', 'created_at', 'other'), [
      'company.uuid',
      'company.name',
      'company.city',
      'company.linkedin_url',
      'company.website',
      '',
      '',
    ]);
  });

  test('a file of contacts alone has the columns of contacts', () => {
    assert.deepEqual(meanings('uuid', 'first_name', 'city', 'linkedin_url', 'website', 'stage'), [
      'contact.uuid',
      'contact.first_name',
      'contact.city',
      'contact.linkedin_url',
      'contact.website',
      'contact.stage',
    ]);
  });

  test('the company a contact is of is the one that the row says more of', () => {
    assert.deepEqual(meanings('first_name', 'company_id', 'industry'), [
      'contact.first_name',
      'company.uuid contact.company_id',
      'company.industries',
    ]);
  });

  test('what says of nothing which it is, is not taken', () => {
    assert.deepEqual(meanings('industry', 'first_name'), ['', 'contact.first_name']);
    assert.deepEqual(meanings('nonsense', '__proto__', 'constructor'), ['', '', '']);
  });
});

describe('rows of a file', () => {
  const header = ['company', 'employees', 'first_name', 'last_name', 'email', 'uuid'];
  const map = (spec: typeof companies, row: readonly (string | null)[]) => {
    assert.ok(isDirectory(spec));
    const [draft] = compileDirectoryRows(spec, readDirectoryHeader(header), null)(RowBlock.of([[...row]]));
    const given = spec.fields.flatMap(({ name }, at) =>
      draft?.values[at] === null ? [] : [[name, draft?.values[at]]],
    );
    return {
      identifier: draft?.identifier,
      values: Object.fromEntries(given) as unknown,
      issues: draft?.issues.map(({ message }) => message),
    };
  };
  const PASSED = { identifier: null, values: {}, issues: [] };

  test('become a company and its contact', () => {
    const acme = companyUuid({ name: 'Acme' });
    const ada = contactUuid({ first_name: 'Ada' });
    const row = ['Acme', '1,500', ' Ada ', null, 'ADA@x.org', null];
    assert.deepEqual(map(companies, row), {
      identifier: acme,
      values: { uuid: acme, name: 'Acme', employees_count: '1500' },
      issues: [],
    });
    assert.deepEqual(map(contacts, row), {
      identifier: ada,
      values: { uuid: ada, first_name: 'Ada', company_id: acme, email: 'ada@x.org' },
      issues: [],
    });
  });

  test('may have a company or a contact alone', () => {
    assert.deepEqual(map(contacts, ['Acme', null, null, null, null, null]), PASSED);
    assert.deepEqual(map(companies, [null, null, 'Ada', null, null, null]), PASSED);
    assert.equal(map(contacts, [null, null, 'Ada', null, null, null]).identifier, contactUuid({ first_name: 'Ada' }));
  });

  test('fail once, where the mistake is', () => {
    const bad = ['Acme', 'many', 'Ada', null, null, null];
    assert.deepEqual(map(companies, bad).issues, ['The field employees_count must be a whole number.']);
    assert.deepEqual(map(contacts, bad), PASSED);
    const worse = ['Acme', '5', 'Ada', null, null, 'no uuid'];
    assert.deepEqual(map(companies, worse), PASSED);
    assert.deepEqual(map(contacts, worse).issues, ['The field uuid must be a uuid.']);
    const lost = ['Acme', '5', null, null, 'ada@x.org', null];
    assert.deepEqual(map(companies, lost), PASSED);
    assert.deepEqual(map(contacts, lost).issues, ['Nothing says which contact it is.']);
    const empty = [null, null, null, ' ', null, null];
    assert.deepEqual(map(companies, empty), PASSED);
    assert.deepEqual(map(contacts, empty).issues, ['Nothing says which contact it is.']);
  });
});
