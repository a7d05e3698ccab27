import { z } from 'zod';

/** Pieces of what answers hold; the schemas of answers are read for the API page alone, and by the tests. */

export const count = z.int().min(0);
export const perhaps = <T extends z.ZodType>(schema: T) => schema.nullable();
export const instant = z.iso.datetime();
export const problem = z.object({ code: z.string(), message: z.string() });
/** A person, template or importer that is named beside something else. */
export const named = z.object({ id: z.uuid(), name: z.string() });

/** A value of a record: dates, times and inexact numbers are text. */
export const fieldValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);

/** What a request says that only does something. */
export const messageAnswer = z.object({ message: z.string() });

/** The same with the sentence itself. */
export const messageOf = (message: string) => messageAnswer.meta({ examples: [{ message }] });

/** What is presented as an answer of this schema: the same, of which nothing is changed any more. */
export type Presented<Answer extends z.ZodType> = Fixed<z.input<Answer>>;

type Fixed<T> = T extends readonly (infer Item)[]
  ? readonly Fixed<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Fixed<T[Key]> }
    : T;
