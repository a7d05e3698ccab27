import { z } from 'zod';
import type { Dialect, Route } from '../dialects/dialect.ts';
import { openApiErrors } from './openapi-errors.ts';
import { PLATFORM_PATHS } from './openapi-platform.ts';

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
    tags: [
      ...dialects.map((dialect) => ({ name: dialect.name, description: describe(dialect) })),
      { name: 'platform', description: 'The process itself' },
    ],
    paths: { ...paths, ...PLATFORM_PATHS },
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
    responses: { [String(route.status ?? '2XX')]: success(route), ...openApiErrors(dialect, route) },
  };
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

/** JSON, or a form where the route takes a file. A body of which nothing is required may be left out. */
function requestBody({ body, upload, stream, example }: Route): Document {
  const content = (type: string, schema: JsonSchema, required: boolean): Document => ({
    requestBody: { required, content: { [type]: { schema, ...(example === undefined ? {} : { example }) } } },
  });
  if (stream !== undefined) {
    return stream.json === undefined
      ? content('application/octet-stream', {}, true)
      : content('application/json', jsonSchema(stream.json), true);
  }
  if (body === undefined) return {};
  const schema = jsonSchema(body);
  if (upload === undefined) return content('application/json', schema, (schema.required ?? []).length > 0);
  const { file: _, ...fields } = schema.properties ?? {};
  const files = upload.fileFields.map((name) => [name, { type: 'string', format: 'binary' }] as const);
  const required = (schema.required ?? []).filter((name) => name !== 'file' || upload.fileFields.length === 1);
  const form = { ...schema, properties: { ...Object.fromEntries(files), ...fields }, required };
  return content('multipart/form-data', form, true);
}

function success({ answers, answersAs = 'application/json', status }: Route): Document {
  const description = status === 204 ? 'Done; there is nothing to tell.' : 'Done.';
  if (answers === undefined) return { description };
  return { description, content: { [answersAs]: { schema: jsonSchema(answers) } } };
}

/** What may be sent (or is answered), before defaults and coercions; a part that JSON Schema cannot say is left open. */
function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return rest as JsonSchema;
}
