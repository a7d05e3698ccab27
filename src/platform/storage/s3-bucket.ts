import type * as Sdk from '@aws-sdk/client-s3';

/** A bucket as it is reached: the SDK takes time and memory to load, which only who uses it spends. */
export interface Bucket {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  readonly name: string;
  /** What stands before every key: empty, or ending with a slash. */
  readonly prefix: string;
}
