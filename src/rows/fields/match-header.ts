import type { MatchedBy } from '../../domain/import-file.ts';
import type { ColumnMapping, ImporterField } from '../../domain/importer.ts';
import { foldName } from './fold-name.ts';
import { likeliest } from './name-likeness.ts';

/** From this likeness on, 0 to 1, a column whose name is nobody's is taken to be the field that it is most like. */
const LEAST_LIKENESS = 0.8;

/** A column of a file: its place, from 0, and its name in the header. */
export interface HeaderColumn {
  readonly column: number;
  readonly header: string;
}

export interface MatchedColumn extends HeaderColumn {
  readonly field: string;
  readonly by: MatchedBy;
  /** 1 unless it was matched by likeness. */
  readonly score: number;
}

export interface UnknownColumn extends HeaderColumn {
  /** The field it is most like, though not enough or no longer free; null when it is like none. */
  readonly suggestion: { readonly field: string; readonly score: number } | null;
}

/** What a file's header means to an importer. */
export interface HeaderMatch {
  /** For each field of the schema the column that fills it, or null. */
  readonly columns: readonly (number | null)[];
  readonly matched: readonly MatchedColumn[];
  /** Columns that fill nothing: nobody's, or set aside by the mapping. */
  readonly unknown: readonly UnknownColumn[];
  /** Fields without a column. */
  readonly missing: readonly { readonly field: string; readonly required: boolean }[];
  /** Names that several columns have; the first of them is read. */
  readonly repeated: readonly { readonly header: string; readonly columns: readonly number[] }[];
  /** What of the mapping fits neither file nor schema, as sentences by the column it names. */
  readonly mistakes: readonly { readonly column: string; readonly message: string }[];
}

/**
 * Finds the column of each field: as the mapping says, else by the field's name, label or aliases, letter by letter and
 * then with case, accents, blanks and punctuation left out of account, else by likeness. A name that fits two fields
 * alike is neither's.
 */
export function matchHeader(
  header: readonly string[],
  fields: readonly ImporterField[],
  mapping: readonly ColumnMapping[] = [],
): HeaderMatch {
  const columns: (number | null)[] = fields.map(() => null);
  const matched: MatchedColumn[] = [];
  const repeated = repeatedNames(header);
  /** Columns that nothing is to be done with any more. */
  const settled = new Set(repeated.flatMap((one) => one.columns.slice(1)));
  const settle = (column: number, index: number, by: MatchedBy, score: number): void => {
    columns[index] = column;
    settled.add(column);
    matched.push({ column, header: header[column] ?? '', field: fields[index]?.name ?? '', by, score });
  };

  const mistakes = followMapping(header, fields, mapping, columns, settled, settle);
  for (const { by, namesOf } of WAYS) {
    for (const asWritten of [true, false]) {
      const fold = asWritten ? (name: string): string => name.trim() : foldName;
      const wanted = byName(fields, (field) => namesOf(field).map(fold));
      header.forEach((name, column) => {
        const found = settled.has(column) || name.trim() === '' ? undefined : wanted.get(fold(name));
        if (found !== undefined && found !== TWO && columns[found] === null) settle(column, found, by, 1);
      });
    }
  }
  const open = [...header.keys()].filter((column) => !settled.has(column) && (header[column] ?? '').trim() !== '');
  const likely = likeliest(
    open.map((column) => header[column] ?? ''),
    fields.map((field) => [field.name, ...(field.label === null ? [] : [field.label]), ...field.aliases]),
  );
  // The likest pairs first, so that a column takes no field from one that is more like it.
  const pairs = open.flatMap((column, at) => {
    const best = likely[at] ?? null;
    return best === null ? [] : [{ column, ...best }];
  });
  for (const { column, index, score, isOnly } of pairs.toSorted((a, b) => b.score - a.score)) {
    if (score >= LEAST_LIKENESS && isOnly && columns[index] === null) settle(column, index, 'likeness', score);
  }
  const filled = new Set(columns);
  return {
    columns,
    matched: matched.toSorted((a, b) => a.column - b.column),
    unknown: header.flatMap((name, column) => {
      if (filled.has(column) || repeated.some((one) => one.columns.indexOf(column) > 0)) return [];
      const best = pairs.find((pair) => pair.column === column);
      const suggestion = best && { field: fields[best.index]?.name ?? '', score: best.score };
      return [{ column, header: name, suggestion: suggestion ?? null }];
    }),
    missing: fields.flatMap(({ name, required }, index) =>
      columns[index] === null ? [{ field: name, required }] : [],
    ),
    repeated,
    mistakes,
  };
}

const WAYS: readonly { readonly by: MatchedBy; readonly namesOf: (field: ImporterField) => readonly string[] }[] = [
  { by: 'name', namesOf: ({ name }) => [name] },
  { by: 'label', namesOf: ({ label }) => (label === null ? [] : [label]) },
  { by: 'alias', namesOf: ({ aliases }) => aliases },
];

/** Stands for a name that two fields have. */
const TWO = -1;

/** The fields by their names; a name of two is neither's. */
function byName(
  fields: readonly ImporterField[],
  namesOf: (field: ImporterField) => readonly string[],
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  fields.forEach((field, index) => {
    for (const name of namesOf(field)) found.set(name, (found.get(name) ?? index) === index ? index : TWO);
  });
  return found;
}

function repeatedNames(header: readonly string[]): { header: string; columns: number[] }[] {
  const places = new Map<string, number[]>();
  header.forEach((name, column) => {
    const key = name.trim();
    if (key !== '') places.set(key, [...(places.get(key) ?? []), column]);
  });
  return [...places].flatMap(([name, columns]) => (columns.length > 1 ? [{ header: name, columns }] : []));
}

/** Columns are named as they are in the header; somebody who names fields first and columns second is understood, too. */
function followMapping(
  header: readonly string[],
  fields: readonly ImporterField[],
  mapping: readonly ColumnMapping[],
  columns: readonly (number | null)[],
  settled: Set<number>,
  settle: (column: number, index: number, by: MatchedBy, score: number) => void,
): HeaderMatch['mistakes'] {
  const columnOf = columnFinder(header);
  const fieldOf = byName(fields, ({ name }) => [name]);
  const mistakes: { column: string; message: string }[] = [];
  for (const entry of mapping) {
    const swapped = columnOf(entry.column) === undefined && entry.field !== null && fieldOf.has(entry.column);
    const [columnName, fieldName] = swapped ? [entry.field ?? '', entry.column] : [entry.column, entry.field];
    const column = columnOf(columnName);
    const index = fieldName === null ? undefined : fieldOf.get(fieldName);
    const tell = (message: string): void => void mistakes.push({ column: entry.column, message });
    if (column === undefined) tell(`The file has no column "${columnName}".`);
    if (fieldName !== null && index === undefined) tell(`The importer has no field "${fieldName}".`);
    if (column === undefined || (fieldName !== null && index === undefined)) continue;
    if (index === undefined) settled.add(column);
    else if ((columns[index] ?? null) !== null) tell(`The field "${fieldName}" is mapped to another column already.`);
    else if (settled.has(column)) tell(`The column "${columnName}" is mapped already.`);
    else settle(column, index, 'mapping', 1);
  }
  return mistakes;
}

/** Finds a column by its name as it is, or but for blanks around it. */
function columnFinder(header: readonly string[]): (name: string) => number | undefined {
  const exact = new Map<string, number>();
  for (const form of [(name: string): string => name, (name: string): string => name.trim()]) {
    header.forEach((name, column) => {
      if (!exact.has(form(name))) exact.set(form(name), column);
    });
  }
  return (name) => exact.get(name) ?? exact.get(name.trim());
}
