import { z } from 'zod';
import { FIELD_TYPES, shownFields } from '../../domain/target.ts';
import type { TargetField, TargetSpec } from '../../domain/target.ts';
import type { RecordWithHistory } from '../../engine/targets/index.ts';
import type { HistoryEntry, TargetRecord } from '../../engine/targets/target-record.ts';
import { fieldValue, instant, named, perhaps } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { moment } from './words.ts';

const targetFieldAnswer = z.object({
  name: z.string(),
  type: z.enum(FIELD_TYPES),
  required: z.boolean(),
  column: z.string().describe('This and what follows of a table of one’s own alone.').optional(),
  column_type: z.string().optional(),
  nullable: z.boolean().optional(),
  references: z.string().describe('The target it refers to.').optional(),
});

export const targetAnswer = z.object({
  type: z.string(),
  label: z.string(),
  table: z.string(),
  fields: z.array(targetFieldAnswer),
  identity: z.array(z.string()).describe('The fields that identify a record within one source.'),
  builtin: z.boolean(),
});

const fieldValues = z.record(z.string(), fieldValue);

export const recordAnswer = z
  .object({
    id: z.string(),
    fields: fieldValues.describe('Those whose names a record uses itself.').optional(),
    created_at: instant,
    updated_at: instant,
  })
  .catchall(fieldValue)
  .describe('The fields of the target by their names, beside what every record has.');

const entryAnswer = z.object({
  at: instant,
  action: z.enum(['created', 'updated', 'edited', 'deleted', 'restored', 'recreated']),
  job_id: perhaps(z.uuid()),
  record_id: perhaps(z.uuid()),
  row_number: perhaps(z.int()),
  source_identifier: perhaps(z.string()),
  user: perhaps(named),
  before: perhaps(fieldValues).describe('What it overwrote; null for a record that was not there.'),
  after: perhaps(fieldValues).describe('The same fields as it left them; null for a record that is gone.'),
});

export const recordWithHistoryAnswer = recordAnswer.extend({ history: z.array(entryAnswer) });

/** A target as it is shown. */
export function presentTarget(spec: TargetSpec): Presented<typeof targetAnswer> {
  return {
    type: spec.type,
    label: spec.label,
    table: `${spec.schema}.${spec.table}`,
    fields: shownFields(spec).map(presentField),
    identity: spec.key ?? spec.identity,
    builtin: spec.builtin,
  };
}

function presentField(field: TargetField): Presented<typeof targetFieldAnswer> {
  const { name, type, required, column, own, references } = field;
  if (!own) return { name, type, required };
  const referring = references === undefined ? {} : { references };
  return { name, type, required, column, column_type: own.declared, nullable: !own.notNull, ...referring };
}

/** Keys of a record that no field may take. */
const OWN_KEYS = new Set(['id', 'created_at', 'updated_at', 'history', 'fields', '__proto__']);

/** A record as lists show it. */
export function presentRecord({ id, fields, createdAt, updatedAt }: TargetRecord): object {
  const entries = [...fields];
  const hidden = entries.filter(([name]) => OWN_KEYS.has(name));
  return {
    id,
    ...Object.fromEntries(entries.filter(([name]) => !OWN_KEYS.has(name))),
    ...(hidden.length === 0 ? {} : { fields: Object.fromEntries(hidden) }),
    created_at: moment(createdAt),
    updated_at: moment(updatedAt),
  };
}

/** A record and what was done to it. */
export function presentWithHistory({ record, history }: RecordWithHistory): object {
  return { ...presentRecord(record), history: history.map(presentEntry) };
}

function presentEntry(entry: HistoryEntry): Presented<typeof entryAnswer> {
  const { at, action, job, user, before, after } = entry;
  return {
    at: moment(at),
    action,
    job_id: job?.id ?? null,
    record_id: job?.recordId ?? null,
    row_number: job?.rowNumber ?? null,
    source_identifier: job?.sourceIdentifier ?? null,
    user,
    before: before && Object.fromEntries(before),
    after: after && Object.fromEntries(after),
  };
}
