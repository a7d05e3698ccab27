import type { EntityManager } from '@mikro-orm/postgresql';
import { EXPORTS, exportFileName } from '../../domain/directory-job.ts';
import { isUuid } from '../../domain/uuid.ts';
import { DirectoryJob } from '../entities/directory-job.ts';
import { DirectoryUpload } from '../entities/directory-upload.ts';

/**
 * What a file is called that a tenant may have imported under a key: one that it uploaded, or is going to, or that an export
 * of its has made. Null: there is none.
 */
export async function nameOfGivenFile(em: EntityManager, tenantId: string, key: string): Promise<string | null> {
  const upload = await em.findOne(DirectoryUpload, { key, tenantId });
  if (upload) return upload.name;
  const jobId = key.startsWith(EXPORTS) ? (key.slice(EXPORTS.length).split('/')[0] ?? '') : '';
  if (!isUuid(jobId)) return null;
  const made = await em.findOne(DirectoryJob, { jobId, tenantId });
  return made?.result?.key === key ? exportFileName(jobId) : null;
}
