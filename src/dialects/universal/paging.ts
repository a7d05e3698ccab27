import { z } from 'zod';
import { count } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import { queryInteger } from '../inputs.ts';

const MAX_PER_PAGE = 1_000;

/** Which part of a list, as every list of this dialect takes it. */
export function paging(perPage = 15): { page: z.ZodType<number>; per_page: z.ZodType<number> } {
  return { page: queryInteger(1, 1_000_000, 1), per_page: queryInteger(1, MAX_PER_PAGE, perPage) };
}

const metaAnswer = z.object({ current_page: z.int(), per_page: z.int(), total: count });

/** A page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), meta: metaAnswer });

/** A list's `meta`. */
export function meta(query: { page: number; per_page: number }, total: number): Presented<typeof metaAnswer> {
  return { current_page: query.page, per_page: query.per_page, total };
}
