import type { ColumnType, DirectoryColumn, Service } from '../domain/directory/columns.ts';
import { columnsOf } from '../domain/directory/columns.ts';
import type { FieldType, TargetField, TargetSpec } from '../domain/target.ts';

const TYPES: Readonly<Record<ColumnType, FieldType>> = {
  text: 'text',
  list: 'list',
  integer: 'integer',
  date: 'date',
  uuid: 'uuid',
  time: 'timestamptz',
};

/** What tells one company or person from another by itself. */
const IDENTIFYING = new Set(['uuid', 'email', 'linkedin_url', 'normalized_domain']);

function fieldOf({ name, type }: DirectoryColumn): TargetField {
  const extra = IDENTIFYING.has(name) ? { identifying: true } : {};
  // The uuid is the record's id; beside it lies its text, which a row may bring with it like any other value.
  if (name === 'uuid') return { name, column: 'external_id', type: 'text', required: false, ...extra };
  return { name, column: name, type: TYPES[type], required: false, ...extra };
}

function directoryTarget(service: Service, type: string, label: string, anyOf: readonly string[]): TargetSpec {
  return {
    type,
    label,
    schema: 'target',
    table: type,
    fields: columnsOf(service)
      .filter(({ readOnly }) => !readOnly)
      .map(fieldOf),
    identity: ['uuid'],
    anyOf,
    builtin: true,
    directory: service,
  };
}

/** Companies of the directory. */
export const companies = directoryTarget('company', 'companies', 'Companies', ['uuid', 'name', 'linkedin_url']);

/** The people of the directory. */
export const contacts = directoryTarget('contact', 'contacts', 'Contacts', [
  'uuid',
  'first_name',
  'last_name',
  'linkedin_url',
]);
