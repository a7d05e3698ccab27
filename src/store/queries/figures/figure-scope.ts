/** Which jobs figures are made of. Days are `YYYY-MM-DD`, UTC, inclusive, and mean when a job was made. */
export interface FigureScope {
  readonly tenantId: string;
  /** Whose jobs; null: everybody's. */
  readonly userId: string | null;
  readonly profileId?: string | undefined;
  readonly dateFrom?: string | undefined;
  readonly dateTo?: string | undefined;
}

/** The condition for the jobs of a scope: those that import. Validations write nothing, a rollback is told by itself. */
export const IN_SCOPE = `"j"."tenant_id" = ? and "j"."kind" in ('import', 'retry')
  and (?::uuid is null or "j"."created_by_id" = ?::uuid) and (?::uuid is null or "j"."profile_id" = ?::uuid)
  and (?::date is null or "j"."created_at" >= ?::date) and (?::date is null or "j"."created_at" < ?::date + 1)`;

/** What `IN_SCOPE` is asked with. */
export function scopeValues({ tenantId, userId, profileId, dateFrom, dateTo }: FigureScope): (string | null)[] {
  const twice = [userId, profileId, dateFrom, dateTo].map((value) => value ?? null).flatMap((value) => [value, value]);
  return [tenantId, ...twice];
}
