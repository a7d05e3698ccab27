import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { filterDataAnswer, filtersAnswer } from './answers.ts';
import { serviceNamed } from './services.ts';

const serviceParams = z.object({ service: z.string() });

const filterDataBody = z.unknown().meta({
  type: 'object',
  description: '`filter_key`, and what is wanted of its values: `search_text`, `page`, `limit`',
});

/** What can be asked of a service, and which values there are. */
export function filterRoutes({ directory }: Pick<Engine, 'directory'>): readonly Route[] {
  return [
    guarded('get', '/common/:service/filters', {
      summary: 'Lists the filters of a service (contact or company).',
      status: 200,
      answers: filtersAnswer,
      params: serviceParams,
      act: ({ params }) => Promise.resolve(directory.filters(serviceNamed(params.service))),
      present: (data) => ({ body: { success: true, data } }),
    }),
    guarded('post', '/common/:service/filters/data', {
      summary: 'Lists the values there are for a filter of a service.',
      status: 200,
      answers: filterDataAnswer,
      params: serviceParams,
      body: filterDataBody,
      act: async ({ actor, params, body, signal }) =>
        directory.filterData({ actor, service: serviceNamed(params.service), query: body, signal }),
      present: (data) => ({ body: { success: true, data } }),
    }),
  ];
}
