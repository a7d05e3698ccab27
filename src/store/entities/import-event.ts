import { defineEntity, p } from '@mikro-orm/postgresql';
import type { EventType } from '../../domain/event.ts';

const ImportEventSchema = defineEntity({
  name: 'ImportEvent',
  tableName: 'import_events',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    tenantId: p.uuid(),
    type: p.text().$type<EventType>(),
    jobId: p.uuid().nullable(),
    profileId: p.uuid().nullable(),
    userId: p.uuid().nullable(),
    at: p.datetime(),
    data: p.json<Readonly<Record<string, unknown>>>(),
  },
});

/** One entry of the durable event log. */
export class ImportEvent extends ImportEventSchema.class {}
ImportEventSchema.setClass(ImportEvent);
