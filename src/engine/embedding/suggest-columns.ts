import { plainField } from '../../domain/importer.ts';
import { matchHeader } from '../../rows/fields/match-header.ts';
import type { EngineDeps } from '../deps.ts';
import { importerOfKey } from './find-by-key.ts';

/** A column of the file in the widget, by its place from 0. */
export interface OfferedColumn {
  readonly index: number;
  readonly name: string;
}

/** What the widget can map a column to: a field of the importer, or a column that its page has added. */
export interface WantedColumn {
  readonly key: string;
  readonly name: string | null;
}

export interface ColumnSuggestion {
  readonly index: number;
  readonly key: string;
  /** 0 to 1; 1 unless it was found by likeness alone. */
  readonly confidence: number;
}

/**
 * Which columns fill which fields, as an import of the file would find it: by the importer's names, labels and aliases,
 * then by likeness. Throws `not_found` for a key that is nobody's.
 */
export async function suggestColumns(
  { orm }: Pick<EngineDeps, 'orm'>,
  publicKey: string,
  offered: readonly OfferedColumn[],
  wanted: readonly WantedColumn[],
): Promise<readonly ColumnSuggestion[]> {
  const { definition } = await importerOfKey(orm.em.fork(), publicKey);
  const fields = wanted.map(({ key, name }) => {
    const known = definition.fields.find((field) => field.name === key);
    return known ?? plainField(key, 'string', { label: name });
  });
  const { matched } = matchHeader(
    offered.map(({ name }) => name),
    fields,
  );
  return matched.map(({ column, field, score }) => ({
    index: offered[column]?.index ?? column,
    key: field,
    confidence: score,
  }));
}
