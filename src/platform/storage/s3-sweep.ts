import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import type { Bucket } from './s3-bucket.ts';

/** An upload in parts takes less; a bucket does not tell whether who began it still lives. */
const DEAD_AFTER_MS = 24 * 3_600_000;

/** Takes back uploads in parts that were begun and never ended; returns how many. */
export async function sweepUploads({ sdk, client, name, prefix }: Bucket, signal?: AbortSignal): Promise<number> {
  let removed = 0;
  let after: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    signal?.throwIfAborted();
    const command = new sdk.ListMultipartUploadsCommand({ Bucket: name, Prefix: prefix, ...after });
    const page: ListMultipartUploadsCommandOutput = await client.send(command);
    for (const { Key, UploadId, Initiated = new Date() } of page.Uploads ?? []) {
      if (Date.now() - Initiated.getTime() < DEAD_AFTER_MS) continue;
      await client.send(new sdk.AbortMultipartUploadCommand({ Bucket: name, Key, UploadId }));
      removed++;
    }
    const { IsTruncated, NextKeyMarker = '', NextUploadIdMarker = '' } = page;
    if (IsTruncated !== true) return removed;
    after = { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker };
  }
}
