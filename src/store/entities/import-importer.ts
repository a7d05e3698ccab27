import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ImporterInput } from '../../domain/importer.ts';
import type { TargetSpec } from '../../domain/target.ts';

const ImportImporterSchema = defineEntity({
  name: 'ImportImporter',
  tableName: 'import_importers',
  properties: {
    id: p.uuid().primary(),
    number: p.integer(),
    tenantId: p.uuid(),
    slug: p.text(),
    name: p.text(),
    /** As it was asked for; the secrets of its source are sealed apart. */
    definition: p.json<ImporterInput>(),
    /** Of the source's password or key; null when it has none. */
    secretSealed: p.text().nullable(),
    /** The table of its own; null when it fills a target that has a name. */
    spec: p.json<TargetSpec>().nullable(),
    /** Raised by every change; a job keeps the one it ran. */
    version: p.integer(),
    /** By which the widget knows it; whoever has it may start this import, and nothing else. */
    publicKey: p.uuid(),
    createdById: p.uuid(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** Jobs that ran it can still be looked at and undone; nothing else knows it any more. */
    deletedAt: p.datetime().nullable(),
  },
});

/** A named definition of file imports. */
export class ImportImporter extends ImportImporterSchema.class {}
ImportImporterSchema.setClass(ImportImporter);
