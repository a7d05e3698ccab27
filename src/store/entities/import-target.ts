import { defineEntity, p } from '@mikro-orm/postgresql';
import type { OwnTargetInput } from '../../domain/own-table.ts';
import type { OwnSpec } from '../../domain/target.ts';

const ImportTargetSchema = defineEntity({
  name: 'ImportTarget',
  tableName: 'import_targets',
  properties: {
    id: p.uuid().primary(),
    number: p.integer(),
    tenantId: p.uuid(),
    type: p.text(),
    /** As it was asked for, to be held against the catalog again. */
    definition: p.json<OwnTargetInput>(),
    spec: p.json<OwnSpec>(),
    /** The table, quoted: one table is the target of one tenant. */
    tableName: p.text(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** A table that somebody else made, as a tenant's target. */
export class ImportTarget extends ImportTargetSchema.class {}
ImportTargetSchema.setClass(ImportTarget);
