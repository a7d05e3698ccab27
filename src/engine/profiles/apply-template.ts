import type { Actor } from '../../domain/actor.ts';
import { invalid } from '../../domain/errors.ts';
import { appendEvent } from '../../store/queries/events.ts';
import { findTemplate } from '../../store/queries/templates.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { holdProfile } from './find-profiles.ts';
import { recordChanges } from './record-changes.ts';
import { viewProfile } from './profile-view.ts';
import type { Profile } from './profile-view.ts';

/**
 * Gives a profile a template's queries in the place of its own; a template without queries, which is a start for one's
 * own, leaves those alone. Throws `not_found`, or `validation` for a template that does not exist.
 */
export async function applyTemplate(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  id: string,
  templateId: string,
): Promise<Profile> {
  return orm.em.fork().transactional(async (em) => {
    const profile = await holdProfile(em, actor, id);
    const template = await findTemplate(em, actor.tenantId, templateId);
    if (!template) throw invalid({ template_id: ['The selected template id is invalid.'] });
    const types = Object.keys(template.queries);
    profile.templateId = template.id;
    if (types.length > 0) profile.queries = template.queries;
    const subject = { type: 'import_profile', id: profile.id };
    await audit(em, actor, 'template.applied', subject, { templateId: template.id, name: template.name });
    await appendEvent(em, {
      tenantId: profile.tenantId,
      type: 'template.applied',
      profileId: profile.id,
      userId: actor.userId,
      data: { name: profile.name, templateId: template.id, templateName: template.name, types },
    });
    await recordChanges(em, actor, profile, ['template', 'queries']);
    return viewProfile(em, profile);
  });
}
