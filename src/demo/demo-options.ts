import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '../config.ts';

export interface DemoOptions {
  /** Stop after the report instead of serving on. */
  readonly once: boolean;
  /** A dump to load in place of the generated help desk. */
  readonly dump: string | null;
}

/**
 * Reads what follows `npm run demo --`; throws what `parseArgs` does for options that are not known, and a
 * {@link ConfigError} for a dump that cannot be read.
 */
export async function demoOptions(argv: readonly string[]): Promise<DemoOptions> {
  const { values } = parseArgs({
    args: [...argv],
    options: { once: { type: 'boolean', default: false }, dump: { type: 'string' } },
  });
  const dump = values.dump === undefined ? null : resolve(values.dump);
  const mistake = dump === null ? null : await unreadable(dump);
  if (mistake !== null) throw new ConfigError([`--dump: ${mistake}`]);
  return { once: values.once, dump };
}

/** Why a file cannot be read, or null when it can. */
async function unreadable(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isFile()) return `${path} is no file`;
    await access(path, constants.R_OK);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${path}`;
    if (code === 'EACCES') return `the file ${path} may not be read`;
    return `the file ${path} cannot be read (${code})`;
  }
}
