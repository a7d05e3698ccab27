import { defineEntity, p } from '@mikro-orm/postgresql';
import type { DatabaseType } from '../../domain/profile.ts';
import type { QueryConfiguration } from '../../domain/query.ts';

const ImportTemplateSchema = defineEntity({
  name: 'ImportTemplate',
  tableName: 'import_templates',
  properties: {
    id: p.uuid().primary(),
    /** Null for the system's own templates, which every tenant sees. */
    tenantId: p.uuid().nullable(),
    name: p.text(),
    platform: p.text(),
    databaseType: p.text().$type<DatabaseType>(),
    description: p.text(),
    supportedTypes: p.array(),
    queries: p.json<Readonly<Record<string, QueryConfiguration>>>(),
    isSystem: p.boolean(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** A ready configuration for a known platform. */
export class ImportTemplate extends ImportTemplateSchema.class {}
ImportTemplateSchema.setClass(ImportTemplate);
