import { defineEntity, p } from '@mikro-orm/postgresql';

const ImportFileSchema = defineEntity({
  name: 'ImportFile',
  tableName: 'import_files',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    /** What whoever sent it calls it: data, never a path. */
    name: p.text(),
    /** Null while it has not been fetched. */
    size: p.bigint('number').nullable(),
    sha256: p.text().nullable(),
    /** Where it lies in storage. */
    storageKey: p.text(),
    /** The charset its sender named for it. */
    charset: p.text().nullable(),
    createdById: p.uuid().nullable(),
    createdAt: p.datetime(),
    /** Since then storage need not keep it: no job reads it again. */
    removedAt: p.datetime().nullable(),
  },
});

/** A file to be imported, as it came. */
export class ImportFile extends ImportFileSchema.class {}
ImportFileSchema.setClass(ImportFile);
