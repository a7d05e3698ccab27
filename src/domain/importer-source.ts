import type { ImporterSource } from './importer.ts';

/** What a source is without its password or key, and that apart; null where it has none. */
export function withoutSecret(source: ImporterSource): {
  readonly open: ImporterSource;
  readonly secret: string | null;
} {
  switch (source.type) {
    case 'ftp':
    case 'sftp':
      return { open: { ...source, password: null }, secret: source.password };
    case 's3':
      return { open: { ...source, secretAccessKey: null }, secret: source.secretAccessKey };
    case 'url': {
      const url = new URL(source.url);
      const { password } = url;
      if (password === '') return { open: source, secret: null };
      url.password = '';
      return { open: { ...source, url: url.href }, secret: password };
    }
    case 'upload':
      return { open: source, secret: null };
  }
}

/** The source with its password or key again. */
export function withSecret(source: ImporterSource, secret: string | null): ImporterSource {
  switch (source.type) {
    case 'ftp':
    case 'sftp':
      return { ...source, password: secret };
    case 's3':
      return { ...source, secretAccessKey: secret };
    case 'url': {
      if (secret === null) return source;
      const url = new URL(source.url);
      url.password = secret;
      return { ...source, url: url.href };
    }
    case 'upload':
      return source;
  }
}

/** Whether two sources are the same place under the same name: only then may one's secret be used for the other. */
export function samePlace(one: ImporterSource, other: ImporterSource): boolean {
  return JSON.stringify(placeOf(one)) === JSON.stringify(placeOf(other));
}

function placeOf(source: ImporterSource): readonly unknown[] {
  switch (source.type) {
    case 'ftp':
    case 'sftp':
      return [source.type, source.host, source.port, source.user];
    case 's3':
      return [source.type, source.endpoint, source.region, source.accessKeyId];
    case 'url': {
      const { origin, username } = new URL(source.url);
      return [source.type, origin, username];
    }
    case 'upload':
      return [source.type];
  }
}

/** What the secret of an importer's source is sealed for. */
export function secretBinding(importer: { id: string; tenantId: string }) {
  return { tenantId: importer.tenantId, recordId: importer.id, purpose: 'importer.source' };
}

/** What a file that comes from a source is called before it is there: the last part of its path. */
export function placeName(source: ImporterSource): string {
  const path =
    source.type === 'url' ? new URL(source.url).pathname : source.type === 's3' ? source.key : pathOf(source);
  return path.split('/').findLast((part) => part !== '') ?? 'unnamed';
}

function pathOf(source: ImporterSource): string {
  return source.type === 'ftp' || source.type === 'sftp' ? source.path : '';
}
