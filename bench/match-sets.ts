import { parse } from 'csv-parse/sync';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { MatchField } from '../src/rows/match/role.ts';
import type { Row } from '../src/rows/match/sample.ts';

const FOLDER = process.env['LADING_TEST_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url));

/** Rows with known answers: one table with duplicates, or two whose records are to be linked. */
export interface LinkageSet {
  readonly name: string;
  readonly fields: readonly MatchField[];
  readonly rows: readonly Row[];
  readonly incoming?: readonly Row[];
  /** Pairs that are the same thing: indexes, of one table the smaller first, of two `rows` first. */
  readonly truth: readonly (readonly [number, number])[];
}

type Record_ = Readonly<Record<string, string>>;

function read(path: string): string {
  const bytes = readFileSync(`${FOLDER}/${path}`);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

const table = (path: string, options: { delimiter?: string; quote?: string } = {}): Record_[] =>
  parse(read(path), { columns: true, trim: true, skip_empty_lines: true, relax_quotes: true, bom: true, ...options });

const rowsOf = (records: readonly Record_[], fields: readonly MatchField[]): Row[] =>
  records.map((record) => fields.map(({ name }) => (record[name] === '' ? null : (record[name] ?? null))));

const fieldsOf = (records: readonly Record_[], without: readonly string[]): MatchField[] =>
  Object.keys(records[0] ?? {}).flatMap((name) => (without.includes(name) ? [] : [{ name }]));

/** The pairs of rows that carry the same label. */
function pairsOf(labels: readonly string[]): [number, number][] {
  const groups = Map.groupBy(labels.keys(), (at) => labels[at] ?? '');
  return [...groups.values()].flatMap((group) =>
    group.flatMap((a, index) => group.slice(index + 1).map((b): [number, number] => [a, b])),
  );
}

function oneTable(
  name: string,
  records: readonly Record_[],
  without: readonly string[],
  label: (record: Record_) => string,
): LinkageSet {
  const fields = fieldsOf(records, without);
  return { name, fields, rows: rowsOf(records, fields), truth: pairsOf(records.map(label)) };
}

function febrl(name: string, path: string, without: readonly string[]): LinkageSet {
  return oneTable(
    name,
    table(path),
    ['rec_id', ...without],
    (record) => /^rec-(\d+)-/.exec(record['rec_id'] ?? '')?.[1] ?? '',
  );
}

function twoTables(
  name: string,
  [left, right]: readonly [readonly Record_[], readonly Record_[]],
  truth: readonly (readonly [string, string])[],
): LinkageSet {
  const fields = fieldsOf(left, ['id']);
  const at = (records: readonly Record_[]): Map<string, number> =>
    new Map(records.map((record, index) => [record['id'] ?? '', index]));
  const [lefts, rights] = [at(left), at(right)];
  const pairs = truth.map(([a, b]): [number, number] => [lefts.get(a) ?? -1, rights.get(b) ?? -1]);
  if (pairs.some(([a, b]) => a < 0 || b < 0)) throw new Error(`${name}: a true pair names a record that is not there`);
  return { name, fields, rows: rowsOf(left, fields), incoming: rowsOf(right, fields), truth: pairs };
}

function dblpAcm(): LinkageSet {
  const options = { delimiter: '%' };
  const truth = table('linkage/dblp-acm/gt.csv', { delimiter: '%' });
  return twoTables(
    'DBLP-ACM',
    [table('linkage/dblp-acm/dblp.csv.gz', options), table('linkage/dblp-acm/acm.csv.gz', options)],
    truth.map((row) => [row['D1'] ?? '', row['D2'] ?? '']),
  );
}

function fodorsZagats(): LinkageSet {
  const folder = 'linkage/fodors-zagats';
  const truth = table(`${folder}/match_fodors_zagats_more_attrs.csv`).filter((row) => row['gold'] === '1');
  return twoTables(
    'Fodors-Zagats',
    [table(`${folder}/fodors.csv`), table(`${folder}/zagats.csv`)],
    truth.map((row) => [row['fodors_id'] ?? '', row['zagats_id'] ?? '']),
  );
}

function restaurants(): LinkageSet {
  const records = table('linkage/restaurant/restaurant-864.csv');
  return oneTable('restaurants', records, ['unique_id'], (record) => record['unique_id'] ?? '');
}

function chicago(): LinkageSet {
  const records = table('linkage/chicago-early-childhood/sites_with_true_ids.csv');
  return oneTable('Chicago', records, ['True Id', 'Id'], (record) => record['True Id'] ?? '');
}

const CUSTOMER_FIELDS = [
  'first_name',
  'last_name',
  'company',
  'job_title',
  'phone',
  'email',
  'street',
  'city',
  'state',
  'postcode',
  'country',
];

/** The rows of a COPY in a dump, by column. */
function copied(dump: string, name: string): Record_[] {
  const start = dump.indexOf(`\nCOPY ${name} (`) + 1;
  const head = dump.slice(start, dump.indexOf('\n', start));
  const columns = [...head.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? '');
  const body = dump.slice(start + head.length + 1, dump.indexOf('\n\\.', start));
  const escapes: Record_ = { n: '\n', t: '\t', r: '\r', '\\': '\\' };
  const plain = (cell: string): string =>
    cell === '\\N' ? '' : cell.replaceAll(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
  return body.split('\n').map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(columns.map((column, index) => [column, plain(cells[index] ?? '')]));
  });
}

/** Customers of the sample help desk as its template maps them to fields. */
function freescout(): LinkageSet {
  const dump = read('sql/freescout_dev.sql.gz');
  const emails = new Map<string, string>();
  for (const row of copied(dump, 'emails')) {
    const id = row['customer_id'] ?? '';
    if (row['type'] === '1' && !emails.has(id)) emails.set(id, row['email'] ?? '');
  }
  const customers = copied(dump, 'customers');
  const entities = new Map(
    table('sql/freescout_dev_truth.csv.gz').map((row) => [row['customer_id'], row['entity'] ?? '']),
  );
  const records = customers.map((row) => ({
    ...row,
    phone: /"value": ?"([^"]*)"/.exec(row['phones'] ?? '')?.[1] ?? '',
    email: emails.get(row['id'] ?? '') ?? '',
    street: row['address'] ?? '',
    postcode: row['zip'] ?? '',
  }));
  const fields = CUSTOMER_FIELDS.map((name) => ({ name }));
  return {
    name: 'freescout_dev',
    fields,
    rows: rowsOf(records, fields),
    truth: pairsOf(customers.map((row) => entities.get(row['id'] ?? '') ?? '')),
  };
}

const LOADERS: readonly (readonly [string, () => LinkageSet])[] = [
  ['linkage/febrl1.csv.gz', () => febrl('Febrl 1', 'linkage/febrl1.csv.gz', [])],
  ['linkage/febrl2.csv.gz', () => febrl('Febrl 2', 'linkage/febrl2.csv.gz', [])],
  ['linkage/febrl1.csv.gz', () => febrl('Febrl 1 without soc_sec_id', 'linkage/febrl1.csv.gz', ['soc_sec_id'])],
  ['linkage/febrl2.csv.gz', () => febrl('Febrl 2 without soc_sec_id', 'linkage/febrl2.csv.gz', ['soc_sec_id'])],
  ['linkage/dblp-acm', dblpAcm],
  ['linkage/fodors-zagats', fodorsZagats],
  ['linkage/restaurant', restaurants],
  ['linkage/chicago-early-childhood', chicago],
  ['sql/freescout_dev.sql.gz', freescout],
];

/** The sets of the shared test data that are there. */
export function linkageSets(): LinkageSet[] {
  return LOADERS.flatMap(([path, load]) => (existsSync(`${FOLDER}/${path}`) ? [load()] : []));
}
