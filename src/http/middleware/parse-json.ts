import { AppError, invalid } from '../../domain/errors.ts';

/** Levels of nesting that anything sent here may have; more only serves to exhaust a stack. */
const MAX_DEPTH = 64;

/**
 * A request's text as JSON; undefined when there is none. `bad_request` for what is not JSON or too deep; `validation`
 * for texts that PostgreSQL cannot hold: those with a null character or with half of a surrogate pair.
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('bad_request', 'The request body is not valid JSON.', { cause: error });
  }
  inspect(value);
  return value;
}

/** Walks without recursion, which is what it guards. */
function inspect(root: unknown): void {
  const waiting: { value: unknown; path: string; depth: number }[] = [{ value: root, path: '', depth: 0 }];
  const mistakes: Record<string, string[]> = {};
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path, depth } = next;
    const reason = typeof value === 'string' ? unstorable(value) : null;
    if (reason !== null) {
      const field = path === '' ? 'body' : path;
      mistakes[field] = [`The ${field.replaceAll('_', ' ')} must not contain ${reason}.`];
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth === MAX_DEPTH) throw new AppError('bad_request', 'The request body is nested too deeply.');
    for (const [key, part] of Object.entries(value)) {
      waiting.push({ value: part, path: path === '' ? key : `${path}.${key}`, depth: depth + 1 });
    }
  }
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
}

function unstorable(text: string): string | null {
  if (text.includes('\0')) return 'a null character';
  return text.isWellFormed() ? null : 'half of a surrogate pair';
}
