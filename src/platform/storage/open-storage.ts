import { FolderStorage } from './folder-storage.ts';
import type { ObjectStorage } from './object-storage.ts';
import { S3Storage } from './s3-storage.ts';
import type { Bucket } from './s3-bucket.ts';
import type { StorageSetting } from './storage-setting.ts';

const CONNECT_MS = 10_000;
const SILENT_MS = 60_000;

/**
 * The storage that a setting names. Nothing is made or reached before it is used. A bucket is reached directly, not
 * through the outbound guard: who runs Lading has named it, as he has named the database.
 */
export function openStorage(setting: StorageSetting): ObjectStorage {
  return setting.kind === 'folder' ? new FolderStorage(setting.path) : new S3Storage(() => openBucket(setting));
}

async function openBucket(setting: Extract<StorageSetting, { kind: 's3' }>): Promise<Bucket> {
  const sdk = await import('@aws-sdk/client-s3');
  const { bucket, prefix, endpoint, region, accessKeyId, secretAccessKey } = setting;
  const credentials =
    accessKeyId === null || secretAccessKey === null
      ? {}
      : { credentials: { accessKeyId, secretAccessKey: secretAccessKey.reveal() } };
  const client = new sdk.S3Client({
    region,
    ...credentials,
    // Other services seldom have a host name for each bucket, and not all know Amazon's newer checksums.
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENT_MS },
  });
  return { sdk, client, name: bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}
