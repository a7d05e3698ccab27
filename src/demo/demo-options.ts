import { parseArgs } from 'node:util';
import { resolve } from 'node:path';

export interface DemoOptions {
  /** Stop after the report instead of serving on. */
  readonly once: boolean;
  /** A dump to load in place of the generated help desk. */
  readonly dump: string | null;
}

/** Reads what follows `npm run demo --`; throws a `TypeError` that names what is not known. */
export function demoOptions(argv: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { once: { type: 'boolean', default: false }, dump: { type: 'string' } },
  });
  return { once: values.once, dump: values.dump === undefined ? null : resolve(values.dump) };
}
