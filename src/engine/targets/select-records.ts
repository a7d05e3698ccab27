import { invalid } from '../../domain/errors.ts';
import { shownFields } from '../../domain/target.ts';
import type { TargetField, TargetSpec } from '../../domain/target.ts';
import type { RecordSelection } from '../../store/queries/targets/stored-record.ts';
import { givenValue } from './field-value.ts';

/** Which records somebody wants to see, as he said it. */
export interface RecordQuery {
  /** Text that occurs in any of the text fields. */
  readonly search: string | null;
  /** Values by field name; an empty one asks for records without a value. */
  readonly filters: ReadonlyMap<string, string>;
  /** Field names in order of weight, descending ones with `-` in front; newest records first when empty. */
  readonly sort: readonly string[];
  readonly page: number;
  readonly perPage: number;
}

const OWN_COLUMNS = new Map([
  ['id', 'id'],
  ['created_at', 'created_at'],
  ['updated_at', 'updated_at'],
]);

/** Holds a query against the target's fields. Throws `validation` that names every unknown field and wrong value. */
export function selectRecords(spec: TargetSpec, query: RecordQuery): RecordSelection {
  const mistakes: Record<string, string[]> = {};
  const filters: { field: TargetField; value: string }[] = [];
  for (const [name, value] of query.filters) {
    const field = shownFields(spec).find((candidate) => candidate.name === name);
    // One of a list's values is asked for, not the list.
    const given = field && (field.type === 'list' ? { text: value } : givenValue(field, value));
    if (!field) mistakes[`filter.${name}`] = [`The target ${spec.type} has no field ${name}.`];
    else if (given && 'mistake' in given) mistakes[`filter.${name}`] = [given.mistake];
    else filters.push({ field, value: given?.text ?? '' });
  }

  const order: { column: string; descending: boolean }[] = [];
  for (const term of query.sort) {
    const descending = term.startsWith('-');
    const name = descending ? term.slice(1) : term;
    const column = shownFields(spec).find((field) => field.name === name)?.column ?? OWN_COLUMNS.get(name);
    if (column === undefined) (mistakes['sort'] ??= []).push(`The target ${spec.type} has no field ${name}.`);
    else order.push({ column, descending });
  }
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
  return { search: query.search, filters, order };
}
