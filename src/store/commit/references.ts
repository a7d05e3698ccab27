import { shorten } from '../../rows/shorten.ts';
import type { Draft } from '../../rows/candidate.ts';
import { unknownIssue } from '../../rows/fields/field-issue.ts';
import { plainField } from '../../domain/importer.ts';
import type { RowIssue } from '../../domain/record.ts';
import type { KnownRecord } from '../../rows/decide.ts';
import type { ChunkContext } from './chunk.ts';
import { identityName, isOwn, SOURCE_KEY } from '../../domain/target.ts';
import type { OwnSpec, TargetField, TargetSpec } from '../../domain/target.ts';
import { findReferred, findReferredByAlias } from '../own/find-records.ts';
import { runOn } from '../own/links.ts';
import { identityOf } from '../own/own-sql.ts';
import { settleValues } from '../own/settle-values.ts';
import { aliasOf, findByIdentifier } from './probe.ts';
import { findByFields } from './find-by-fields.ts';

/**
 * Replaces source identifiers in reference fields by the ids of the records those source rows became. An unknown one
 * leaves the field empty and says so, or fails its row, as the field demands. Values for an own table become what its
 * columns make of them. Returns new drafts.
 */
export async function resolveReferences(context: ChunkContext, drafts: readonly Draft[]): Promise<readonly Draft[]> {
  const { client, spec, writtenFields } = context;
  const resolved = await resolveFields(context, drafts);
  return isOwn(spec) ? settleValues(runOn(client), spec, writtenFields, resolved) : resolved;
}

async function resolveFields(context: ChunkContext, drafts: readonly Draft[]): Promise<readonly Draft[]> {
  const fields = context.spec.fields.flatMap((field, index) =>
    field.references !== undefined && context.writtenFields.includes(field.name) ? [{ field, index }] : [],
  );
  if (fields.length === 0) return drafts;

  const resolved = drafts.map((draft) => ({ ...draft, values: [...draft.values], issues: [...draft.issues] }));
  for (const { field, index } of fields) {
    const target = context.referred.get(field.references ?? '');
    if (!target) throw new Error(`the field ${field.name} refers to the unknown target ${field.references}`);
    const identifiers = new Set<string>();
    for (const draft of resolved) {
      const value = draft.values[index];
      if (value !== null && value !== undefined && value !== '') identifiers.add(value);
    }
    const known = await referredValues(context, field, target, [...identifiers]);
    for (const draft of resolved) {
      const value = draft.values[index] ?? null;
      if (value === null) continue;
      const referred = known.get(value);
      if (field.type === 'reference' || value === '') draft.values[index] = referred ?? null;
      if (referred === undefined && value !== '') draft.issues.push(unknownReference(context, field, target, value));
    }
  }
  return resolved;
}

/** What a reference field is to hold, by the identifiers of the rows it refers to: ids, or a column of an own table. */
async function referredValues(
  context: ChunkContext,
  field: TargetField,
  target: TargetSpec,
  identifiers: readonly string[],
): Promise<Map<string, string>> {
  const column = field.own?.referredColumn;
  if (isOwn(target) && column !== undefined) {
    return referredRows(context, target, column, identifiers);
  }
  // A plan refers first to what it would itself have made, as it would have made it.
  const mirror = context.mirrored?.referred.get(target.type);
  if (field.knownBy !== undefined) {
    const found = await findByFields(context, target, field.knownBy, identifiers);
    return mirror ? new Map([...found, ...(await findByFields(context, mirror, field.knownBy, identifiers))]) : found;
  }
  const planned = mirror
    ? await findByIdentifier(context, mirror, 'external_id', identifiers)
    : new Map<string, KnownRecord>();
  const others = planned.size === 0 ? identifiers : identifiers.filter((identifier) => !planned.has(identifier));
  const known = await findByIdentifier(context, target, 'external_id', others);
  return new Map([...known, ...planned].map(([identifier, { id }]) => [identifier, id]));
}

/**
 * The same of an own table. Where its rows are known by their key in the source that key is what refers to them, and an
 * equal identity is another row's by chance.
 */
async function referredRows(
  context: ChunkContext,
  target: OwnSpec,
  column: string,
  identifiers: readonly string[],
): Promise<Map<string, string>> {
  const aliasIn = (field: string) => (text: string) => aliasOf(field, text);
  const byKey = identityOf(target).some(({ own }) => own?.filled === true)
    ? await findReferredByAlias(context, target, aliasIn(SOURCE_KEY), column, identifiers)
    : new Map<string, string>();
  if (context.keyedBySource.includes(target.type)) return byKey;
  const others = identifiers.filter((identifier) => !byKey.has(identifier));
  return new Map([...byKey, ...(await findReferred(context, target, aliasIn(identityName(target)), column, others))]);
}

function unknownReference(
  { importerFields }: ChunkContext,
  { name, whenUnknown }: TargetField,
  { label }: TargetSpec,
  value: string,
): RowIssue {
  const message = `The ${name} field refers to ${shorten(value)}, which is not among the imported ${label}.`;
  const field = importerFields?.find((one) => one.name === name) ?? plainField(name);
  return { ...unknownIssue(field, value, message), fatal: whenUnknown === 'fail' };
}
