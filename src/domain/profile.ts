/**
 * What the sealed password of a profile is bound to: it opens for this profile of this tenant alone, so that a sealed
 * text copied into another row is worth nothing.
 */
export function passwordBinding(profile: { readonly id: string; readonly tenantId: string }): {
  tenantId: string;
  recordId: string;
  purpose: string;
} {
  return { tenantId: profile.tenantId, recordId: profile.id, purpose: 'profile.password' };
}

export const DATABASE_TYPES = ['postgresql'] as const;
export type DatabaseType = (typeof DATABASE_TYPES)[number];
