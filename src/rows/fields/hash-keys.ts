import type { RowBlock } from '../../domain/row-block.ts';
import { stepFor, valueOf } from './field-step.ts';
import type { Step } from './field-step.ts';
import type { FieldsPlan } from './fields-plan.ts';
import { KeyHash } from './key-hash.ts';

/** Takes the key of each row of a block that has one, in their order; the hash is good until the next. */
export type HashKeys = (rows: RowBlock, take: (key: KeyHash) => void) => void;

/**
 * Compiles how rows of a file are hashed by what they are known by: the values of the key's fields as they are kept, as
 * `compileFields` makes them. A row that breaks a rule may be taken for one that does not; none is passed over.
 */
export function compileKeys(plan: Pick<FieldsPlan, 'fields' | 'spec' | 'columns' | 'formats' | 'key'>): HashKeys {
  const steps = plan.key.map((name) => {
    const target = plan.spec.fields.find((field) => field.name === name);
    if (!target) throw new Error(`the target has no field ${name}`);
    return stepFor(target, { ...plan, issuesColumn: null });
  });
  const hash = new KeyHash();
  return (rows, take) => {
    for (let row = 0; row < rows.length; row++) {
      hash.begin();
      if (steps.every((step) => addValue(hash, step, rows, row))) take(hash);
    }
  };
}

/** False where the row has no value. */
function addValue(hash: KeyHash, step: Step, { bytes, cells, width }: RowBlock, row: number): boolean {
  const { column, plain } = step;
  const cell = (row * width + column) * 2;
  const length = column < 0 || column >= width ? -1 : (cells[cell + 1] ?? -1);
  const start = cells[cell] ?? 0;
  if (length > 0 && (plain === null || plain(bytes, start, length))) {
    hash.add(bytes, start, length);
    return true;
  }
  const value = length > 0 ? valueOf(step, bytes.toString('utf8', start, start + length)) : step.otherwise;
  if (typeof value !== 'string') return false;
  hash.addText(value);
  return true;
}
