import type { FieldRule, ImporterField, ImporterSource } from '../../domain/importer.ts';
import type { ImporterView } from '../../engine/importers/importer-view.ts';

/** An importer as the document prints it, and as it is sent to make one. */
export function presentImporter(importer: ImporterView): object {
  return {
    id: importer.id,
    name: importer.name,
    description: importer.description,
    schema: { fields: importer.fields.map(presentField) },
    slug: importer.slug,
    version: importer.version,
    key: importer.key,
    duplicates: importer.duplicates,
    newer_by: importer.newerBy,
    source: presentSource(importer.source),
    target: importer.targetType,
    mapping: Object.fromEntries(importer.mapping.map(({ column, field }) => [column, field])),
    public_key: importer.publicKey,
    created_at: importer.createdAt,
    updated_at: importer.updatedAt,
  };
}

/** A field as it was sent; one whose maker is not known to have left anything out, with all that it says. */
function presentField(field: ImporterField): object {
  const { name, label, type, values, required, unique, aliases, validations, said } = field;
  const parts: [string, unknown][] = [
    ['name', name],
    ['label', label],
    ['type', type],
    ['values', values],
    ['required', required],
    ['unique', unique],
    ['default', field.default],
    ['aliases', aliases],
    ['validations', validations.map(presentRule)],
  ];
  const saying = (value: unknown): boolean => value !== null && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(parts.filter(([part, value]) => said?.includes(part) ?? saying(value)));
}

function presentRule({ rule, value, errorMessage }: FieldRule): object {
  return { rule, ...(value === null ? {} : { value }), ...(errorMessage === null ? {} : { errorMessage }) };
}

/** Where files come from; passwords and keys are never shown. */
function presentSource(source: ImporterSource): object {
  switch (source.type) {
    case 'upload':
    case 'url':
      return source;
    case 'ftp':
    case 'sftp': {
      const { type, host, port, user, path } = source;
      return { type, host, port, user, path };
    }
    case 's3': {
      const { type, bucket, key, endpoint, region, accessKeyId } = source;
      return { type, bucket, key, endpoint, region, access_key_id: accessKeyId };
    }
  }
}
