import { defineEntity, p } from '@mikro-orm/postgresql';
import type { MigrationType } from '../../domain/migration.ts';

const ImportMigrationSchema = defineEntity({
  name: 'ImportMigration',
  tableName: 'import_migrations',
  properties: {
    /** That of the import behind it. */
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    createdById: p.uuid(),
    type: p.text().$type<MigrationType>(),
    /** As they were found when the file was uploaded. */
    encoding: p.text(),
    delimiter: p.text(),
    /** What whoever uploaded it said of its columns. */
    columnMapping: p.json<Readonly<Record<string, string>>>().nullable(),
    totalRows: p.bigint('number'),
    /** The import begins when the validation that is under way has come to its end. */
    starts: p.boolean().default(false),
    createdAt: p.datetime(),
    deletedAt: p.datetime().nullable(),
  },
});

/** An uploaded file that is checked, brought in and perhaps undone, all under one id. */
export class ImportMigration extends ImportMigrationSchema.class {}
ImportMigrationSchema.setClass(ImportMigration);
