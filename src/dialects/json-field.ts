import { z } from 'zod';

/** Levels of nesting that the fields of a form need: more only serves to exhaust a stack. */
const MAX_DEPTH = 8;

/**
 * JSON as the text of a form's field, held to what PostgreSQL can store.
 * @param empty what an empty field says
 */
export function jsonField<T>(schema: z.ZodType<T>, empty: string): z.ZodType<T> {
  return z
    .string()
    .transform((json, context): unknown => {
      const value = parsed(json === '' ? empty : json);
      const mistake = value === undefined ? 'The :attribute must be JSON.' : mistakeIn(value);
      if (mistake === null) return value;
      context.issues.push({ code: 'custom', input: json, message: mistake });
      return z.NEVER;
    })
    .pipe(schema);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Walks without recursion, which is what it guards. */
function mistakeIn(root: unknown): string | null {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
      return 'The :attribute must not contain a null character or half of a surrogate pair.';
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth === MAX_DEPTH) return 'The :attribute is nested too deeply.';
    for (const [name, part] of Object.entries(value)) {
      waiting.push({ value: name, depth: depth + 1 }, { value: part, depth: depth + 1 });
    }
  }
  return null;
}
