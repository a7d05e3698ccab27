import { z } from 'zod';
import { shownFields } from '../../domain/target.ts';
import type { TargetField, TargetSpec } from '../../domain/target.ts';
import type { Engine } from '../../engine/index.ts';
import type { RecordWithHistory } from '../../engine/targets/index.ts';
import type { HistoryEntry, TargetRecord } from '../../engine/targets/target-record.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { anyText, queryValue, text, uuid } from '../inputs.ts';
import { meta, paging } from './paging.ts';
import { newTargetBody, targetChangesBody } from './target-body.ts';
import { moment } from './words.ts';

const typeParams = z.object({ type: text() });
const recordParams = z.object({ type: text(), id: uuid });

const recordsQuery = z.object({
  search: queryValue(text()),
  filter: z
    .record(z.string(), anyText(10_000))
    .optional()
    .transform((filter) => new Map(Object.entries(filter ?? {}))),
  sort: anyText(1_000)
    .optional()
    .transform((terms) => (terms ?? '').split(',').filter((term) => term !== '')),
  ...paging(25),
});

/** Fields by name; those whose names a record uses itself stand under `fields`, as they are shown. */
const changesBody = z
  .looseObject({ fields: z.record(z.string(), z.unknown()).optional() })
  .transform(({ fields, ...rest }) => new Map([...Object.entries(rest), ...Object.entries(fields ?? {})]));

const SHARED = { permission: 'system.import' } as const;
const CHANGE = { permission: 'system.configure' } as const;
const TARGET = { params: typeParams, subject: 'Target' };
const MANY = { ...SHARED, ...TARGET };
const ONE = { ...SHARED, params: recordParams, subject: 'Record' };

/** What rows become, and the records they have become. */
export function targetRoutes({ targets }: Pick<Engine, 'targets'>): readonly Route[] {
  return [
    guarded('get', '/targets', {
      ...SHARED,
      summary: 'Lists the targets rows can become.',
      act: ({ actor }) => targets.list(actor),
      present: (specs) => ({ body: { data: specs.map(presentTarget) } }),
    }),
    guarded('post', '/targets', {
      ...CHANGE,
      summary: 'Makes an existing table of the store’s database a target.',
      body: newTargetBody,
      act: ({ actor, body }) => targets.register(actor, body),
      present: (spec) => ({
        status: 201,
        body: { message: 'Target created successfully', target: presentTarget(spec) },
      }),
    }),
    guarded('get', '/targets/:type', {
      ...MANY,
      summary: 'Shows a target.',
      act: ({ actor, params }) => targets.get(actor, params.type),
      present: (spec) => ({ body: presentTarget(spec) }),
    }),
    guarded('put', '/targets/:type', {
      ...CHANGE,
      ...TARGET,
      summary: 'Changes a target that is a table of one’s own, and reads the table’s catalog again.',
      body: targetChangesBody,
      act: ({ actor, params, body }) => targets.renew(actor, params.type, body),
      present: (spec) => ({ body: { message: 'Target updated successfully', target: presentTarget(spec) } }),
    }),
    guarded('delete', '/targets/:type', {
      ...CHANGE,
      ...TARGET,
      summary: 'Forgets a target that is a table of one’s own; the table stays as it is.',
      act: ({ actor, params }) => targets.forget(actor, params.type),
      present: () => ({ body: { message: 'Target deleted successfully' } }),
    }),
    guarded('get', '/targets/:type/records', {
      ...MANY,
      summary: 'Lists records of a target.',
      query: recordsQuery,
      act: ({ actor, params, query }) =>
        targets.records(actor, params.type, {
          search: query.search ?? null,
          filters: query.filter,
          sort: query.sort,
          page: query.page,
          perPage: query.per_page,
        }),
      present: ({ rows, total }, { query }) => ({ body: { data: rows.map(presentRecord), meta: meta(query, total) } }),
    }),
    guarded('get', '/targets/:type/records/:id', {
      ...ONE,
      summary: 'Shows a record and what was done to it.',
      act: ({ actor, params }) => targets.record(actor, params.type, params.id),
      present: (found) => ({ body: presentWithHistory(found) }),
    }),
    guarded('patch', '/targets/:type/records/:id', {
      ...ONE,
      summary: 'Edits a record by hand; imports and undo respect it.',
      body: changesBody,
      act: ({ actor, params, body }) => targets.edit(actor, params.type, params.id, body),
      present: (found) => ({
        body: { message: 'Record updated successfully', record: presentWithHistory(found) },
      }),
    }),
    guarded('delete', '/targets/:type/records/:id', {
      ...ONE,
      summary: 'Removes a record by hand.',
      act: ({ actor, params }) => targets.remove(actor, params.type, params.id),
      present: () => ({ body: { message: 'Record deleted successfully' } }),
    }),
  ];
}

function presentTarget(spec: TargetSpec): object {
  return {
    type: spec.type,
    label: spec.label,
    table: `${spec.schema}.${spec.table}`,
    fields: shownFields(spec).map(presentField),
    identity: spec.key ?? spec.identity,
    builtin: spec.builtin,
  };
}

function presentField({ name, type, required, column, own, references }: TargetField): object {
  if (!own) return { name, type, required };
  const referring = references === undefined ? {} : { references };
  return { name, type, required, column, column_type: own.declared, nullable: !own.notNull, ...referring };
}

/** Keys of a record that no field may take. */
const OWN_KEYS = new Set(['id', 'created_at', 'updated_at', 'history', 'fields', '__proto__']);

function presentRecord({ id, fields, createdAt, updatedAt }: TargetRecord): object {
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

function presentWithHistory({ record, history }: RecordWithHistory): object {
  return { ...presentRecord(record), history: history.map(presentEntry) };
}

function presentEntry({ at, action, job, user, before, after }: HistoryEntry): object {
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
