import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import { messageAnswer, messageOf } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { anyText, queryValue, text, uuid } from '../inputs.ts';
import { meta, pageOf, paging } from './paging.ts';
import {
  presentRecord,
  presentTarget,
  presentWithHistory,
  recordAnswer,
  recordWithHistoryAnswer,
  targetAnswer,
} from './present-target.ts';
import { newTargetBody, targetChangesBody } from './target-body.ts';

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

const FORGOTTEN = 'Target deleted successfully';
const REMOVED = 'Record deleted successfully';

const changedTargetAnswer = messageAnswer.extend({ target: targetAnswer });

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
      status: 200,
      answers: z.object({ data: z.array(targetAnswer) }),
      act: ({ actor }) => targets.list(actor),
      present: (specs) => ({ body: { data: specs.map(presentTarget) } }),
    }),
    guarded('post', '/targets', {
      ...CHANGE,
      summary: 'Makes an existing table of the store’s database a target.',
      status: 201,
      answers: changedTargetAnswer,
      body: newTargetBody,
      act: ({ actor, body }) => targets.register(actor, body),
      present: (spec) => ({
        body: { message: 'Target created successfully', target: presentTarget(spec) },
      }),
    }),
    guarded('get', '/targets/:type', {
      ...MANY,
      summary: 'Shows a target.',
      status: 200,
      answers: targetAnswer,
      act: ({ actor, params }) => targets.get(actor, params.type),
      present: (spec) => ({ body: presentTarget(spec) }),
    }),
    guarded('put', '/targets/:type', {
      ...CHANGE,
      ...TARGET,
      summary: 'Changes a target that is a table of one’s own, and reads the table’s catalog again.',
      status: 200,
      answers: changedTargetAnswer,
      body: targetChangesBody,
      act: ({ actor, params, body }) => targets.renew(actor, params.type, body),
      present: (spec) => ({ body: { message: 'Target updated successfully', target: presentTarget(spec) } }),
    }),
    guarded('delete', '/targets/:type', {
      ...CHANGE,
      ...TARGET,
      summary: 'Forgets a target that is a table of one’s own; the table stays as it is.',
      status: 200,
      answers: messageOf(FORGOTTEN),
      act: ({ actor, params }) => targets.forget(actor, params.type),
      present: () => ({ body: { message: FORGOTTEN } }),
    }),
    guarded('get', '/targets/:type/records', {
      ...MANY,
      summary: 'Lists records of a target.',
      status: 200,
      answers: pageOf(recordAnswer),
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
      status: 200,
      answers: recordWithHistoryAnswer,
      act: ({ actor, params }) => targets.record(actor, params.type, params.id),
      present: (found) => ({ body: presentWithHistory(found) }),
    }),
    guarded('patch', '/targets/:type/records/:id', {
      ...ONE,
      summary: 'Edits a record by hand; imports and undo respect it.',
      status: 200,
      answers: messageAnswer.extend({ record: recordWithHistoryAnswer }),
      body: changesBody,
      act: ({ actor, params, body }) => targets.edit(actor, params.type, params.id, body),
      present: (found) => ({
        body: { message: 'Record updated successfully', record: presentWithHistory(found) },
      }),
    }),
    guarded('delete', '/targets/:type/records/:id', {
      ...ONE,
      summary: 'Removes a record by hand.',
      status: 200,
      answers: messageOf(REMOVED),
      act: ({ actor, params }) => targets.remove(actor, params.type, params.id),
      present: () => ({ body: { message: REMOVED } }),
    }),
  ];
}
