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

/** Walks without recursion, which is what it guards; nothing is made for a text or number, of which there may be many. */
function inspect(root: unknown): void {
  const waiting: { value: object; path: string; depth: number }[] = [];
  const mistakes: Record<string, string[]> = {};
  const meet = (value: unknown, parent: string, key: string, depth: number): void => {
    if (typeof value === 'object' && value !== null) {
      waiting.push({ value, path: pathOf(parent, key), depth });
      return;
    }
    const reason = typeof value === 'string' ? unstorable(value) : null;
    if (reason === null) return;
    const field = pathOf(parent, key) || 'body';
    mistakes[field] = [`The ${field.replaceAll('_', ' ')} must not contain ${reason}.`];
  };
  meet(root, '', '', 0);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path, depth } = next;
    if (depth === MAX_DEPTH) throw new AppError('bad_request', 'The request body is nested too deeply.');
    for (const [key, part] of Object.entries(value)) meet(part, path, key, depth + 1);
  }
  if (Object.keys(mistakes).length > 0) throw invalid(mistakes);
}

function pathOf(parent: string, key: string): string {
  return parent === '' ? key : `${parent}.${key}`;
}

function unstorable(text: string): string | null {
  if (text.includes('\0')) return 'a null character';
  return text.isWellFormed() ? null : 'half of a surrogate pair';
}
