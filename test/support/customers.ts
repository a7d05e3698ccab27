import { packRow, rowHash } from '../../src/rows/packed-row.ts';
import { customerUsers } from '../../src/targets/customer-users.ts';
import type { RowValues } from './records.ts';

/** The hash of a customer as it is imported. */
export function hashOf(values: RowValues): string {
  return rowHash(packRow(customerUsers.fields.map((field) => values[field.name] ?? null)));
}

/** A before-image of a customer. */
export function image(values: RowValues, hash = hashOf(values)): RowValues {
  return {
    ...Object.fromEntries(customerUsers.fields.map(({ name }) => [name, values[name] ?? null])),
    source_hash: hash,
  };
}

/** The ledger's entry of a customer's row, its values as they came. */
export const ledgerRow = (row: number, values: RowValues, rest: object): object => ({
  row,
  identifier: values['external_id'] ?? null,
  hash: hashOf(values),
  target: null,
  duplicateOf: null,
  matched: null,
  before: null,
  afterHash: null,
  ...rest,
});
