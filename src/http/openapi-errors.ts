import type { Dialect, Route } from '../dialects/dialect.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { AppError, invalid } from '../domain/errors.ts';

type Document = Readonly<Record<string, unknown>>;

const RETRY_HEADERS = {
  'Retry-After': { description: 'Seconds until the next request.', schema: { type: 'integer' } },
  'X-RateLimit-Limit': { description: 'Requests a minute.', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'Requests left of them.', schema: { type: 'integer' } },
  'X-RateLimit-Reset': { description: 'Unix time in seconds.', schema: { type: 'integer' } },
};

/**
 * The answers to requests that fail, by status, in the dialect's own form: made by what answers them, so that the
 * examples are what is sent.
 */
export function openApiErrors(dialect: Dialect, route: Route): Document {
  const takesInput = route.body !== undefined || route.query !== undefined;
  const errors: readonly (readonly [boolean, string, AppError])[] = [
    [
      route.body !== undefined || route.stream !== undefined,
      'The request cannot be read.',
      error('bad_request', 'The request body is not valid JSON.'),
    ],
    [!route.open, 'Nobody is logged in.', error('unauthenticated', 'Unauthenticated.')],
    [!route.open, 'Not allowed.', error('forbidden', 'This action needs another permission.')],
    [
      route.path.includes(':'),
      'There is no such thing.',
      error('not_found', `${route.subject ?? 'Resource'} not found`),
    ],
    [takesInput, 'The input has mistakes.', invalid({ name: ['The name field is required.'] })],
    [route.limit !== undefined, 'Too many requests.', error('rate_limited', 'Too many requests.')],
  ];
  const responses: Record<string, Document> = {};
  for (const [applies, description, thrown] of errors) {
    if (!applies) continue;
    const { status = 500, body } = dialect.presentError(thrown);
    responses[status] ??= {
      description,
      ...(thrown.code === 'rate_limited' ? { headers: RETRY_HEADERS } : {}),
      ...(typeof body === 'object' && body !== null
        ? { content: { 'application/json': { schema: shapeOf(body), example: body } } }
        : {}),
    };
  }
  return { ...responses, default: { description: `An error in the form of the ${dialect.name} dialect.` } };
}

function error(code: ErrorCode, message: string): AppError {
  return new AppError(code, message);
}

/** The JSON Schema of values that are like this one. */
function shapeOf(value: unknown): Document {
  if (value === null) return {};
  if (Array.isArray(value)) return { type: 'array', ...(value.length === 0 ? {} : { items: shapeOf(value[0]) }) };
  if (typeof value !== 'object') return { type: typeof value };
  const properties = Object.entries(value).map(([name, part]) => [name, shapeOf(part)] as const);
  return { type: 'object', properties: Object.fromEntries(properties) };
}
