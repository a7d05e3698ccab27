import type { Actor } from '../../domain/actor.ts';
import { AppError, invalid } from '../../domain/errors.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import { openSource } from '../../sources/postgres/connection/connection.ts';
import { introspect } from '../../sources/postgres/catalog/introspect.ts';
import { connectionOf } from '../../sources/profile-connection.ts';
import { fitQueries } from '../../sources/templates/fit-queries.ts';
import type { FittedQueries } from '../../sources/templates/fit-queries.ts';
import type { ImportProfile } from '../../store/entities/import-profile.ts';
import type { ImportTemplate } from '../../store/entities/import-template.ts';
import { appendEvent } from '../../store/queries/events/events.ts';
import { findTemplate } from '../../store/queries/templates.ts';
import { audit } from '../audit/audit.ts';
import { holdProfile, readProfile } from './find-profiles.ts';
import { viewProfile } from './profile-view.ts';
import type { Profile } from './profile-view.ts';
import { recordChanges } from './record-changes.ts';
import type { SourceDeps, SourceRequest } from './with-source.ts';

/** A source that is slow to answer is not waited for: the template can be applied without it. */
const CONNECT_MS = 4_000;

export interface AppliedTemplate {
  readonly profile: Profile;
  /** What was left out because the source has not got it, or why that could not be found out. */
  readonly warnings: readonly string[];
}

/**
 * Gives a profile a template's queries, fitted to its source, in the place of its own; a template without queries,
 * which is a start for one's own, leaves those alone. Throws `not_found`, or `validation` for an unknown template.
 */
export async function applyTemplate(
  deps: SourceDeps,
  actor: Actor,
  request: SourceRequest,
  templateId: string,
): Promise<AppliedTemplate> {
  const em = deps.orm.em.fork();
  const target = await readProfile(em, actor, request.profileId);
  const wanted = await findTemplate(em, actor.tenantId, templateId);
  if (!wanted) throw invalid({ template_id: ['The selected template id is invalid.'] });
  const { queries, warnings } = await fitted(deps, target, wanted.queries, request.signal);

  const profile = await deps.orm.em.fork().transactional(async (tx) => {
    const held = await holdProfile(tx, actor, request.profileId);
    const template = await findTemplate(tx, actor.tenantId, templateId);
    if (!template) throw invalid({ template_id: ['The selected template id is invalid.'] });
    held.templateId = template.id;
    if (Object.keys(queries).length > 0) held.queries = queries;
    await tellApplied(tx, actor, held, template, Object.keys(queries));
    await recordChanges(tx, actor, held, ['template', 'queries']);
    return viewProfile(tx, held);
  });
  return { profile, warnings };
}

async function fitted(
  { guard, sealer }: SourceDeps,
  profile: ImportProfile,
  queries: Readonly<Record<string, QueryConfiguration>>,
  signal: AbortSignal,
): Promise<FittedQueries> {
  if (Object.keys(queries).length === 0) return { queries, warnings: [] };
  try {
    const options = { signal, connectTimeoutMs: CONNECT_MS };
    await using session = await openSource(connectionOf(profile, sealer), guard, options);
    const schema = await introspect(session, { countRows: false });
    const result = await fitQueries(queries, schema);
    // A database that has nothing of it is the wrong one or not filled yet; the queries then say what they look for.
    return Object.keys(result.queries).length > 0 ? result : { queries, warnings: result.warnings };
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== 'source_unreachable' && error.code !== 'source_rejected'))
      throw error;
    return { queries, warnings: [`The queries could not be held against the source: ${error.message}.`] };
  }
}

async function tellApplied(
  em: Parameters<typeof audit>[0],
  actor: Actor,
  profile: ImportProfile,
  template: ImportTemplate,
  types: readonly string[],
): Promise<void> {
  const subject = { type: 'import_profile', id: profile.id };
  await audit(em, actor, 'template.applied', subject, { templateId: template.id, name: template.name });
  await appendEvent(em, {
    tenantId: profile.tenantId,
    type: 'template.applied',
    profileId: profile.id,
    userId: actor.userId,
    data: { name: profile.name, templateId: template.id, templateName: template.name, types },
  });
}
