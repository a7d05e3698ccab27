import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { AppError, notFound } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportTemplate } from '../../store/entities/import-template.ts';
import { findTemplate, lockTemplate, templatesOf } from '../../store/queries/templates.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { checkTemplate } from './template-input.ts';
import type { TemplateChanges, TemplateInput } from './template-input.ts';

/**
 * Ready configurations: the system's own, which every tenant sees and nobody changes, and each tenant's. Looking needs
 * `system.import`, changing `system.configure`.
 */
export interface Templates {
  list(actor: Actor): Promise<ImportTemplate[]>;
  /** Throws `not_found`. */
  get(actor: Actor, id: string): Promise<ImportTemplate>;
  /** Throws `validation` for targets and fields that do not exist. */
  create(actor: Actor, input: TemplateInput): Promise<ImportTemplate>;
  /** Profiles keep what was applied to them. Throws `not_found`, `validation`, `forbidden` for a system template. */
  update(actor: Actor, id: string, changes: TemplateChanges): Promise<ImportTemplate>;
  /** Profiles keep what was applied to them. Throws `not_found`, `forbidden` for a system template. */
  remove(actor: Actor, id: string): Promise<void>;
}

export function createTemplates({ orm }: Pick<EngineDeps, 'orm'>): Templates {
  return {
    async list(actor) {
      requirePermission(actor, 'system.import');
      return templatesOf(orm.em.fork(), actor.tenantId);
    },
    async get(actor, id) {
      requirePermission(actor, 'system.import');
      const template = isUuid(id) ? await findTemplate(orm.em.fork(), actor.tenantId, id) : null;
      if (!template) throw notFound('Import template');
      return template;
    },
    async create(actor, { supportedTypes, ...input }) {
      requirePermission(actor, 'system.configure');
      return orm.em.fork().transactional(async (em) => {
        checkTemplate({ supportedTypes, queries: input.queries }, await tenantTargetFinder(em, actor.tenantId));
        const now = new Date();
        const template = em.create(ImportTemplate, {
          ...input,
          id: randomUUID(),
          tenantId: actor.tenantId,
          supportedTypes: [...(supportedTypes ?? Object.keys(input.queries))],
          isSystem: false,
          createdAt: now,
          updatedAt: now,
        });
        await em.flush();
        await auditTemplate(em, actor, 'template.created', template);
        return template;
      });
    },
    async update(actor, id, changes) {
      requirePermission(actor, 'system.configure');
      return orm.em.fork().transactional(async (em) => {
        checkTemplate(changes, await tenantTargetFinder(em, actor.tenantId));
        const template = await ownTemplate(em, actor, id);
        const { supportedTypes, ...given } = changes;
        Object.assign(template, withoutGaps(given));
        if (supportedTypes) template.supportedTypes = [...supportedTypes];
        template.updatedAt = new Date();
        await em.flush();
        await auditTemplate(em, actor, 'template.updated', template);
        return template;
      });
    },
    async remove(actor, id) {
      requirePermission(actor, 'system.configure');
      await orm.em.fork().transactional(async (em) => {
        const template = await ownTemplate(em, actor, id);
        await em.remove(template).flush();
        await auditTemplate(em, actor, 'template.deleted', template);
      });
    },
  };
}

async function ownTemplate(em: EntityManager, actor: Actor, id: string): Promise<ImportTemplate> {
  const template = isUuid(id) ? await lockTemplate(em, actor.tenantId, id) : null;
  if (!template) throw notFound('Import template');
  if (template.isSystem) throw new AppError('forbidden', 'System templates cannot be changed.');
  return template;
}

function auditTemplate(
  em: EntityManager,
  actor: Actor,
  action: 'template.created' | 'template.updated' | 'template.deleted',
  { id, name }: ImportTemplate,
): Promise<void> {
  return audit(em, actor, action, { type: 'import_template', id }, { name });
}

function withoutGaps<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
}
