import { z } from 'zod';
import { DATABASE_TYPES } from '../../domain/profile.ts';
import type { Engine } from '../../engine/index.ts';
import type { TemplateChanges, TemplateInput } from '../../engine/templates/template-input.ts';
import { instant, messageAnswer, messageOf } from '../answer-shapes.ts';
import type { Presented } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { anyText, idParams, text } from '../inputs.ts';
import { configurationAnswer, presentConfiguration, queriesBody } from './query-body.ts';
import { moment } from './words.ts';

const shape = {
  name: text(),
  platform: text(),
  database_type: z.enum(DATABASE_TYPES),
  description: anyText(20_000),
  supported_types: z.array(text()).max(100).nullable(),
  configuration: z.object({ queries: queriesBody }),
};

const newBody: z.ZodType<TemplateInput> = z
  .object({
    ...shape,
    database_type: shape.database_type.default('postgresql'),
    description: shape.description.default(''),
    supported_types: shape.supported_types.default(null),
    configuration: shape.configuration.optional(),
  })
  .transform(({ database_type, supported_types, configuration, ...rest }) => ({
    ...rest,
    databaseType: database_type,
    supportedTypes: supported_types,
    queries: configuration?.queries ?? {},
  }));

const changesBody: z.ZodType<TemplateChanges> = z
  .object(shape)
  .partial()
  .transform(({ database_type, supported_types, configuration, ...rest }) => ({
    ...rest,
    databaseType: database_type,
    supportedTypes: supported_types,
    queries: configuration?.queries,
  }));

const LOOK = { permission: 'system.import', limit: 'templates' } as const;
const CHANGE = { permission: 'system.configure', limit: 'templates' } as const;
const ONE = { params: idParams, subject: 'Import template' };

const DELETED = 'Import template deleted successfully';

const templateAnswer = z
  .object({
    id: z.uuid(),
    name: z.string(),
    platform: z.string(),
    database_type: z.enum(DATABASE_TYPES),
    description: z.string(),
    supported_types: z.array(z.string()),
    is_system: z.boolean(),
    created_at: instant,
  })
  .meta({
    examples: [
      {
        id: '0198c0de-0000-7000-8000-000000000001',
        name: 'FreeScout Platform',
        platform: 'freescout',
        database_type: 'postgresql',
        description: 'Pre-configured import for FreeScout help desk platform',
        supported_types: ['customer_users', 'tickets', 'time_entries', 'agents'],
        is_system: true,
        created_at: '2025-08-20T09:00:00Z',
      },
    ],
  });

const configuredAnswer = templateAnswer.extend({ configuration: configurationAnswer });
const changedAnswer = messageAnswer.extend({ template: configuredAnswer });

type Template = Awaited<ReturnType<Engine['templates']['get']>>;

/** Ready configurations: the system's and the tenant's own. */
export function templateRoutes({ templates }: Pick<Engine, 'templates'>): readonly Route[] {
  return [
    guarded('get', '/templates', {
      ...LOOK,
      summary: 'Lists the templates that can be applied to a profile.',
      status: 200,
      answers: z.object({ data: z.array(templateAnswer) }),
      act: ({ actor }) => templates.list(actor),
      present: (found) => ({ body: { data: found.map(presentTemplate) } }),
    }),
    guarded('post', '/templates', {
      ...CHANGE,
      summary: 'Makes a template of one’s own.',
      status: 201,
      answers: changedAnswer,
      body: newBody,
      act: ({ actor, body }) => templates.create(actor, body),
      present: (template) => ({
        body: { message: 'Import template created successfully', template: presentConfigured(template) },
      }),
    }),
    guarded('get', '/templates/:id', {
      ...LOOK,
      ...ONE,
      summary: 'Shows a template with its queries.',
      status: 200,
      answers: configuredAnswer,
      act: ({ actor, params }) => templates.get(actor, params.id),
      present: (template) => ({ body: presentConfigured(template) }),
    }),
    guarded('put', '/templates/:id', {
      ...CHANGE,
      ...ONE,
      summary: 'Changes a template of one’s own; what is left out stays.',
      status: 200,
      answers: changedAnswer,
      body: changesBody,
      act: ({ actor, params, body }) => templates.update(actor, params.id, body),
      present: (template) => ({
        body: { message: 'Import template updated successfully', template: presentConfigured(template) },
      }),
    }),
    guarded('delete', '/templates/:id', {
      ...CHANGE,
      ...ONE,
      summary: 'Removes a template of one’s own; profiles keep what they got from it.',
      status: 200,
      answers: messageOf(DELETED),
      act: ({ actor, params }) => templates.remove(actor, params.id),
      present: () => ({ body: { message: DELETED } }),
    }),
  ];
}

function presentTemplate(template: Template): Presented<typeof templateAnswer> {
  return {
    id: template.id,
    name: template.name,
    platform: template.platform,
    database_type: template.databaseType,
    description: template.description,
    supported_types: template.supportedTypes,
    is_system: template.isSystem,
    created_at: moment(template.createdAt),
  };
}

function presentConfigured(template: Template): Presented<typeof configuredAnswer> {
  return { ...presentTemplate(template), configuration: presentConfiguration(template.queries) };
}
