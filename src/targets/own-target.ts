import type { FieldMistakes } from '../domain/errors.ts';
import type { ColumnFacts, OwnTargetInput, TableFacts } from '../domain/own-table.ts';
import { isOwn } from '../domain/target.ts';
import type { FindTarget, OwnSpec, TargetField, TargetSpec } from '../domain/target.ts';
import { castOf, fieldTypeOf, ownColumn } from './own-columns.ts';

/**
 * The target that an existing table makes, or every mistake by its field: what kind of thing the table is, fields that
 * are no columns, an identity that is not unique, references that lead nowhere.
 * @param number the definition's own
 */
export function ownTarget(
  input: OwnTargetInput,
  facts: TableFacts,
  number: number,
  find: FindTarget,
): { spec: OwnSpec } | { mistakes: FieldMistakes } {
  const mistakes: Record<string, string[]> = {};
  const mistake = (field: string, text: string): void => void (mistakes[field] ??= []).push(text);
  for (const reason of unfitness(facts)) mistake('table', reason);
  const fields = ownFields(input, facts, mistake);
  const identity = checkIdentity(input, facts, fields, mistake);
  const key = facts.primaryKey ?? identity;
  if (facts.primaryKey === null && identity.length > 0) {
    for (const name of identity.filter((column) => !isNotNull(facts, column))) {
      mistake(
        'identity',
        `The table has no primary key, so ${name} must be not null: its rows could not be told apart.`,
      );
    }
  }
  const referring = ownReferences(input, facts, fields, find, mistake);
  if (Object.keys(mistakes).length > 0) return { mistakes };
  return {
    spec: {
      type: input.type,
      label: input.label,
      schema: facts.schema,
      table: facts.table,
      fields: referring.map((field) => ({ ...field, required: field.required || input.identity.includes(field.name) })),
      identity: input.identity,
      anyOf: [],
      builtin: false,
      own: {
        number,
        key: facts.columns
          .filter(({ name }) => key.includes(name))
          .map((one) => ({ column: one.name, cast: castOf(one) })),
        uniques: facts.uniques,
        foreignKeys: facts.foreignKeys,
        checks: facts.checks,
      },
    },
  };
}

const KINDS: Readonly<Record<string, string>> = {
  v: 'is a view',
  m: 'is a materialised view',
  f: 'is a foreign table',
};

/** Why a table cannot be a target. */
function unfitness(facts: TableFacts): string[] {
  const { schema, kind, persistence } = facts;
  const name = `${schema}.${facts.table}`;
  const reasons: string[] = [];
  if (schema === 'pg_catalog' || schema === 'information_schema' || schema.startsWith('pg_toast')) {
    return [`${name} belongs to PostgreSQL itself.`];
  }
  if (KINDS[kind] !== undefined) return [`${name} ${KINDS[kind]}; only a table can be a target.`];
  if (persistence === 't') reasons.push(`${name} is temporary: it is there for one session alone.`);
  if (persistence === 'u') reasons.push(`${name} is unlogged: a crash would empty it, and the ledger would be wrong.`);
  if (facts.isPartition) reasons.push(`${name} is a partition; name the table it is part of.`);
  if (facts.hasChildren) reasons.push(`Other tables inherit from ${name}, so nothing is unique in it.`);
  if (facts.hasRules) reasons.push(`${name} has rules, which rewrite what is written to it.`);
  if (facts.ofExtension) reasons.push(`${name} belongs to an extension.`);
  if (facts.missingRights.length > 0) {
    reasons.push(`The store's user may not ${facts.missingRights.join(', ')} on ${name}.`);
  }
  return reasons;
}

type Mistake = (field: string, text: string) => void;

function ownFields({ fields }: OwnTargetInput, facts: TableFacts, mistake: Mistake): TargetField[] {
  if (fields === null) return facts.columns.filter(({ generated }) => !generated).map((column) => fieldOf(column, {}));
  const seen = new Set<string>();
  const columns = new Set<string>();
  if (fields.length === 0) mistake('fields', 'Name at least one field, or leave fields out for all columns.');
  return fields.flatMap((given, index) => {
    const column = facts.columns.find(({ name }) => name === (given.column ?? given.name));
    const place = `fields.${index}`;
    if (seen.has(given.name)) mistake(`${place}.name`, `The field ${given.name} is there twice.`);
    seen.add(given.name);
    if (!column) {
      mistake(
        `${place}.${given.column === null ? 'name' : 'column'}`,
        `The table has no column ${given.column ?? given.name}.`,
      );
      return [];
    }
    if (columns.has(column.name)) mistake(`${place}.column`, `The column ${column.name} is a field already.`);
    columns.add(column.name);
    if (column.generated) mistake(place, `The column ${column.name} is generated; nothing can be written to it.`);
    const field = fieldOf(column, { name: given.name, ...(given.required === true ? { required: true } : {}) });
    if (given.type !== null && given.type !== field.type && given.type !== 'reference') {
      mistake(
        `${place}.type`,
        `The column ${column.name} is ${column.declared}, which is ${field.type} and not ${given.type}.`,
      );
    }
    return [field];
  });
}

function fieldOf(column: ColumnFacts, given: { name?: string; required?: boolean }): TargetField {
  const own = ownColumn(column);
  return {
    name: column.name,
    column: column.name,
    type: fieldTypeOf(column),
    required: own.notNull && !own.filled,
    ...given,
    own,
  };
}

/** The columns of the identity. */
function checkIdentity(
  { identity }: OwnTargetInput,
  facts: TableFacts,
  fields: readonly TargetField[],
  mistake: Mistake,
): string[] {
  if (new Set(identity).size < identity.length) mistake('identity', 'A field is in the identity twice.');
  const columns = identity.flatMap((name) => {
    const field = fields.find((candidate) => candidate.name === name);
    if (!field) mistake('identity', `The identity names ${name}, which is no field of the target.`);
    return field ? [field.column] : [];
  });
  if (columns.length < identity.length) return [];
  const covers = (unique: readonly string[]): boolean =>
    unique.length > 0 && unique.every((column) => columns.includes(column));
  if (facts.uniques.some((unique) => covers(unique.columns))) return columns;
  const partial = facts.partialUniques.find((unique) => covers(unique.columns));
  const why = partial ? ` The index ${partial.name} is over part of the rows or over an expression.` : '';
  mistake(
    'identity',
    `No unique constraint or index makes ${identity.join(', ')} unique in ${facts.schema}.${facts.table}.${why}`,
  );
  return [];
}

function isNotNull(facts: TableFacts, column: string): boolean {
  return facts.columns.some(({ name, notNull }) => name === column && notNull);
}

function ownReferences(
  { references }: OwnTargetInput,
  facts: TableFacts,
  fields: readonly TargetField[],
  find: FindTarget,
  mistake: Mistake,
): TargetField[] {
  const referring = new Map<string, TargetField>();
  references.forEach(({ field: name, target, whenUnknown }, index) => {
    const place = `references.${index}`;
    const field = fields.find((candidate) => candidate.name === name);
    const referred = find(target);
    if (!field) mistake(`${place}.field`, `The target has no field ${name}.`);
    if (!referred) mistake(`${place}.target`, `There is no target ${target}.`);
    if (referring.has(name)) mistake(`${place}.field`, `The field ${name} refers to something already.`);
    const column = field && facts.columns.find((candidate) => candidate.name === field.column);
    if (!field?.own || !referred || !column) return;
    const value = referredValue(facts, column, referred);
    if ('mistake' in value) {
      mistake(place, value.mistake);
      return;
    }
    const own = value.column === null ? field.own : { ...field.own, referredColumn: value.column };
    referring.set(name, { ...field, type: 'reference', references: target, whenUnknown, own });
  });
  return fields.map((field) => referring.get(field.name) ?? field);
}

/** What of a referred record a column holds: a column of its table, or null for the id a built-in record has. */
function referredValue(
  facts: TableFacts,
  column: ColumnFacts,
  referred: TargetSpec,
): { column: string | null } | { mistake: string } {
  if (!isOwn(referred)) {
    if (castOf(column) === '"pg_catalog"."uuid"') return { column: null };
    return {
      mistake: `The column ${column.name} is ${column.declared}; the id of a record of ${referred.type} is a uuid.`,
    };
  }
  const table = `${referred.schema}.${referred.table}`;
  const foreignKey = facts.foreignKeys.find((one) => one.table === table && one.columns.join() === column.name);
  const [key, ...more] = referred.own.key;
  const name = foreignKey?.referred[0] ?? (more.length === 0 ? key?.column : undefined);
  if (name === undefined)
    return { mistake: `The key of ${referred.type} is more than one column; give its values as they are.` };
  const cast = referred.own.key.find((one) => one.column === name)?.cast ?? castOfField(referred, name);
  if (cast === castOf(column)) return { column: name };
  return { mistake: `The column ${column.name} is ${column.declared}, not what ${name} of ${referred.type} is.` };
}

function castOfField({ fields }: TargetSpec, column: string): string | undefined {
  return fields.find((field) => field.column === column)?.own?.cast;
}
