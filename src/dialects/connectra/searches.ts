import { z } from 'zod';
import type { Engine } from '../../engine/index.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { countAnswer, searchAnswers } from './answers.ts';
import { SERVICE_PATHS } from './services.ts';

/** A query is checked by the language itself, which names its mistakes. */
const vql = z.unknown().meta({ type: 'object', description: 'A VQL query' });

/** Companies and contacts by VQL. */
export function searchRoutes({ directory }: Pick<Engine, 'directory'>): readonly Route[] {
  return SERVICE_PATHS.flatMap(({ service, path, many }) => [
    guarded('post', `${path}/count`, {
      summary: `Counts the ${many} a query finds.`,
      status: 200,
      answers: countAnswer,
      body: vql,
      act: ({ actor, body, signal }) => directory.count({ actor, service, query: body, signal }),
      present: (count) => ({ body: { success: true, count } }),
    }),
    guarded('post', `${path}/`, {
      summary: `Finds ${many} by a query, page by page.`,
      status: 200,
      answers: searchAnswers[service],
      body: vql,
      act: ({ actor, body, signal }) => directory.search({ actor, service, query: body, signal }),
      present: (data) => ({ body: { success: true, data } }),
    }),
  ]);
}
