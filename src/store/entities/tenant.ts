import { defineEntity, p } from '@mikro-orm/postgresql';

const TenantSchema = defineEntity({
  name: 'Tenant',
  tableName: 'tenants',
  properties: {
    id: p.uuid().primary(),
    /** For dialects whose ids are integers. */
    number: p.bigint('number').autoincrement().unique(),
    name: p.text(),
    createdAt: p.datetime().defaultRaw('now()'),
    updatedAt: p.datetime().defaultRaw('now()'),
  },
});

/** Whose everything is: nothing of one tenant is ever visible to another. */
export class Tenant extends TenantSchema.class {}
TenantSchema.setClass(Tenant);
