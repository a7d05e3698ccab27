import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { fileURLToPath } from 'node:url';
import { Secret } from '../../src/platform/secret.ts';
import type { StorageSetting } from '../../src/platform/storage/storage-setting.ts';
import { startPython } from './python-servers.ts';

export const ACCESS_KEY = { accessKeyId: 'test-key', secretAccessKey: 'test-secret-key' };

/** An S3-compatible server with one bucket, `files`. */
export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  readonly client: S3Client;
  /** The setting of a storage below a prefix of the bucket. */
  setting(prefix: string): StorageSetting;
  stop(): Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const server = await startPython('s3', [fileURLToPath(new URL('s3-server.py', import.meta.url))]);
  const endpoint = `http://127.0.0.1:${server.ready}`;
  const bucket = 'files';
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: ACCESS_KEY,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    endpoint,
    bucket,
    client,
    setting: (prefix) => ({
      kind: 's3',
      bucket,
      prefix,
      endpoint,
      region: 'us-east-1',
      accessKeyId: ACCESS_KEY.accessKeyId,
      secretAccessKey: new Secret(ACCESS_KEY.secretAccessKey),
    }),
    async stop() {
      client.destroy();
      await server.stop();
    },
  };
}
