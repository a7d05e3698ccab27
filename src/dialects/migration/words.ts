import type { MigrationStatus } from '../../domain/migration.ts';

export const PREFIX = '/api/v1/onboarding/migration';

/** Requests a minute of one user. */
export const LIMITS = { requests: 100 } as const;

/** How a status is shown to people. */
export const STATUS_DISPLAY: Readonly<Record<MigrationStatus, string>> = {
  pending: 'Menunggu',
  validating: 'Memvalidasi',
  importing: 'Mengimpor',
  completed: 'Selesai',
  failed: 'Gagal',
  rolled_back: 'Dibatalkan',
};

/** What of a whole is done, in percent. */
export function percentOf(done: number, total: number): number {
  return total === 0 ? 0 : Math.round((done / total) * 100);
}
