import { AppError } from '../../domain/errors.ts';
import type { ImporterSource } from '../../domain/importer.ts';
import { fetchFtp } from './ftp.ts';
import { fetchUrl } from './http.ts';
import type { OpenedSource, OpenOptions } from './opened.ts';
import { fetchS3 } from './s3.ts';
import { fetchSftp } from './sftp.ts';

const ANONYMOUS = 'anonymous';
const DEFAULT_REGION = 'us-east-1';

/** Opens the file that an importer's source has. */
export function openImporterSource(source: ImporterSource, options: OpenOptions): Promise<OpenedSource> {
  switch (source.type) {
    case 'url':
      return fetchUrl(source, options);
    case 'ftp': {
      const { host, port, user, password, path } = source;
      const login = { user: user ?? ANONYMOUS, password: password ?? ANONYMOUS };
      return fetchFtp({ host, port: port ?? 21, ...login, path, security: 'plain' }, options);
    }
    case 'sftp': {
      const { host, port, user, password, path } = source;
      return fetchSftp({ host, port: port ?? 22, user: user ?? '', password: password ?? '', path }, options);
    }
    case 's3': {
      const { bucket, key, endpoint, region, accessKeyId, secretAccessKey } = source;
      return fetchS3(
        {
          bucket,
          key,
          endpoint,
          region: region ?? DEFAULT_REGION,
          accessKeyId: accessKeyId ?? '',
          secretAccessKey: secretAccessKey ?? '',
        },
        options,
      );
    }
    case 'upload':
      throw new AppError('source_rejected', 'The importer has no source to fetch a file from: upload one.');
  }
}
