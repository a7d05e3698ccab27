import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { currentRequestId } from '../../platform/request-context.ts';

/** What was done, as `subject.verb`: `user.created`, `profile.deleted`. */
export type AuditAction = `${string}.${string}`;

/** Who did it; every `Actor` is one. */
export type AuditActor = Pick<Actor, 'userId' | 'email' | 'tenantId'>;

export interface AuditSubject {
  readonly type: string;
  readonly id: string;
  /** Whose it is, where that is not the actor's tenant. */
  readonly tenantId?: string;
}

/**
 * Writes down who changed what, in the caller's transaction, so that the entry exists exactly when the change does.
 * An actor of null is the system itself. `data` holds facts that may be shown: never a password, secret or token.
 */
export async function audit(
  em: EntityManager,
  actor: AuditActor | null,
  action: AuditAction,
  subject: AuditSubject,
  data: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  if (!em.isInTransaction()) throw new Error('an audit entry belongs in the transaction of the change it tells of');
  await em.execute(
    `insert into "audit_entries"
       ("tenant_id", "user_id", "user_email", "action", "subject_type", "subject_id", "data", "request_id")
     values (?::uuid, ?::uuid, ?, ?, ?, ?, ?::jsonb, ?)`,
    [
      subject.tenantId ?? actor?.tenantId ?? null,
      actor?.userId ?? null,
      actor?.email ?? null,
      action,
      subject.type,
      subject.id,
      JSON.stringify(data),
      currentRequestId(),
    ],
    'run',
  );
}
