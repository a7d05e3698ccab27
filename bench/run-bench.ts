import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T & typeof HELPED }>>['values'];

const HELPED = { help: { type: 'boolean', default: false } } as const;

/**
 * All of a bench's process: reads its options, says `help` when asked for it, does the work and exits. 0 is done, 1 an
 * error, 2 an option that makes no sense (a `TypeError`).
 */
export async function runBench<const T extends Options>(
  help: string,
  options: T,
  work: (values: Values<T>) => Promise<void>,
): Promise<never> {
  try {
    const { values } = parseArgs({ options: { ...options, ...HELPED } });
    if ((values as { help?: boolean }).help === true) console.log(help);
    else await work(values as Values<T>);
    return process.exit(0);
  } catch (error) {
    console.error(error instanceof TypeError ? error.message : error);
    return process.exit(error instanceof TypeError ? 2 : 1);
  }
}

/** A whole number from 1 on, of an option. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError(`"${text}" is not a number from 1 to 999999999`);
  return Number(text);
}
