import { defineEntity, p } from '@mikro-orm/postgresql';

const AuditEntrySchema = defineEntity({
  name: 'AuditEntry',
  tableName: 'audit_entries',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    /** Null for what concerns no tenant. */
    tenantId: p.uuid().nullable(),
    /** Null for what the system did itself. */
    userId: p.uuid().nullable(),
    userEmail: p.text().nullable(),
    action: p.text(),
    subjectType: p.text(),
    subjectId: p.text(),
    /** Facts of the change; never a secret. */
    data: p.json<Readonly<Record<string, unknown>>>(),
    requestId: p.text().nullable(),
    at: p.datetime().defaultRaw('clock_timestamp()'),
  },
});

/** Who changed what and when. Entries are written with the change and never altered. */
export class AuditEntry extends AuditEntrySchema.class {}
AuditEntrySchema.setClass(AuditEntry);
