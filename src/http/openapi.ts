import { z } from 'zod';
import { statusOf } from '../dialects/answer.ts';
import type { Dialect, Route } from '../dialects/dialect.ts';
import { invalid } from '../domain/errors.ts';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

type Document = Readonly<Record<string, unknown>>;

/** One OpenAPI 3.1 document of every endpoint, made from the schemas the routes themselves parse with. */
export function openApiDocument(dialects: readonly Dialect[]): Document {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const dialect of dialects) {
    for (const route of dialect.routes) {
      const path = `${dialect.prefix}${route.path === '/' ? '' : route.path}`.replaceAll(/:(\w+)/gu, '{$1}');
      (paths[path] ??= {})[route.method] = operation(dialect, route, path);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lading',
      version: '1',
      description: 'Durable imports: one engine, and one interface for each of the dialects it speaks.',
    },
    tags: dialects.map((dialect) => ({ name: dialect.name, description: describe(dialect) })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API token.' },
        session: { type: 'apiKey', in: 'cookie', name: 'lading_session' },
      },
    },
  };
}

/** Where a dialect lies and, as a table in Markdown, what its errors are called. */
function describe({ prefix, roots = [''], errors = {} }: Dialect): string {
  const below = `Below ${roots.map((root) => (root === '' ? prefix : `${prefix}/${root}`)).join(', ')}`;
  const rows = Object.entries(errors).map(([name, { status, means }]) => `| \`${name}\` | ${status} | ${means} |`);
  return rows.length === 0 ? below : [below, '', '| error | status | meaning |', '|---|---|---|', ...rows].join('\n');
}

function operation(dialect: Dialect, route: Route, path: string): Document {
  const { permission, limit } = route;
  const perMinute = limit === undefined ? undefined : dialect.limits[limit];
  const notes = [
    ...(permission === undefined ? [] : [`Needs the permission \`${permission}\`.`]),
    ...(perMinute === undefined ? [] : [`At most ${perMinute} requests a minute.`]),
  ];
  return {
    operationId: `${dialect.name} ${route.method} ${path}`.replaceAll(/[^a-z0-9]+/giu, '_').replace(/_$/u, ''),
    summary: route.summary,
    ...(notes.length === 0 ? {} : { description: notes.join(' ') }),
    tags: [dialect.name],
    security: route.open ? [] : [{ bearer: [] }, { session: [] }],
    parameters: [...pathParameters(route, path), ...parametersOf(route.query, 'query')],
    ...requestBody(route),
    responses: responses(dialect, route),
  };
}

function requestBody({ takesBytes, body }: Route): Document {
  if (takesBytes) return { requestBody: { required: true, content: { 'application/octet-stream': {} } } };
  if (body === undefined) return {};
  return { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body) } } } };
}

function pathParameters(route: Route, path: string): Document[] {
  const described = parametersOf(route.params, 'path');
  const names = [...path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name);
  return names.map(
    (name) =>
      described.find((parameter) => parameter['name'] === name) ?? {
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      },
  );
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): Document[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function responses(dialect: Dialect, route: Route): Document {
  const mistaken = statusOf(dialect.presentError(invalid({})));
  const answers: Record<string, string> = {
    '2XX': 'Done.',
    ...(route.open ? {} : { '401': 'Nobody is logged in.', '403': 'Not allowed.' }),
    ...(route.params === undefined ? {} : { '404': 'There is no such thing.' }),
    ...(route.body === undefined && route.query === undefined ? {} : { [mistaken]: 'The input has mistakes.' }),
    ...(route.limit === undefined ? {} : { '429': 'Too many requests.' }),
    default: `An error in the form of the ${dialect.name} dialect.`,
  };
  const described = Object.entries(answers).map(([status, description]) => [status, { description }] as const);
  if (route.answers === undefined) return Object.fromEntries(described);
  const done = { description: 'Done.', content: { 'application/json': { schema: jsonSchema(route.answers) } } };
  return { ...Object.fromEntries(described), '2XX': done };
}

/** What may be sent (or is answered), before defaults and coercions; a part that JSON Schema cannot say is left open. */
function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return rest as JsonSchema;
}
