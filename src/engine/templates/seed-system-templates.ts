import type { MikroORM } from '@mikro-orm/postgresql';
import { hash } from 'node:crypto';
import { SYSTEM_TEMPLATES } from '../../sources/templates/system-templates.ts';

/**
 * Puts the system's templates into the store, or brings those that are there to what this version says. Safe to repeat
 * and to run in several processes at once; profiles keep what was applied to them.
 */
export async function seedSystemTemplates(orm: MikroORM): Promise<void> {
  await orm.em.fork().transactional(async (em) => {
    for (const template of SYSTEM_TEMPLATES) {
      const { name, platform, databaseType, description, supportedTypes, queries } = template;
      await em.execute(
        `insert into "import_templates" as "t" ("id", "name", "platform", "database_type", "description",
           "supported_types", "queries", "is_system", "created_at")
         select ?::uuid, ?, ?, ?, ?, array(select jsonb_array_elements_text(?::jsonb)), ?::jsonb, true, clock_timestamp()
         on conflict ("id") do update set "name" = excluded."name", "description" = excluded."description",
           "supported_types" = excluded."supported_types", "queries" = excluded."queries", "updated_at" = now()
         where ("t"."name", "t"."description", "t"."supported_types", "t"."queries")
           is distinct from (excluded."name", excluded."description", excluded."supported_types", excluded."queries")`,
        [
          systemTemplateId(platform),
          name,
          platform,
          databaseType,
          description,
          JSON.stringify(supportedTypes),
          JSON.stringify(queries),
        ],
        'run',
      );
    }
  });
}

/** The id of a system template: the same in every installation, a version 8 uuid made of its platform. */
export function systemTemplateId(platform: string): string {
  const hex = hash('sha256', `lading.template.${platform}`, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
