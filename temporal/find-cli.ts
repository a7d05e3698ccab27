import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../src/domain/errors.ts';
import { fetchCli } from './fetch-cli.ts';

/** Where the `temporal` executable may be, in the order looked at. */
export interface CliPlaces {
  /** Named by the user: this one or none. */
  readonly named: string | null;
  /** The folders of PATH. */
  readonly searchPath: string;
  /** The embedded mode's own folder of executables, `$LADING_HOME/bin`. */
  readonly ownFolder: string;
  /** Shared by all homes of the user; what is fetched lands here. */
  readonly cacheFolder: string;
  /** Told each step of a fetch, one line each. */
  readonly report: (line: string) => void;
  /** Gives up a fetch. */
  readonly signal: AbortSignal;
}

const run = promisify(execFile);
const NAME = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

/** The `temporal` executable to run, as an absolute path or as named; fetched once when it is nowhere. */
export async function findTemporalCli(places: CliPlaces): Promise<string> {
  if (places.named !== null) {
    if (await runs(places.named)) return places.named;
    throw new AppError(
      'unavailable',
      `TEMPORAL_CLI names ${places.named}, which is not a temporal executable that runs here.`,
    );
  }
  const onPath = places.searchPath.split(delimiter).filter((folder) => folder !== '');
  for (const folder of [...onPath, places.ownFolder, places.cacheFolder]) {
    const candidate = join(folder, NAME);
    if ((await isExecutable(candidate)) && (await runs(candidate))) return candidate;
  }
  return fetchCli(join(places.cacheFolder, NAME), places.report, places.signal);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Another program of the same name, or one for another machine, is passed over. */
async function runs(path: string): Promise<boolean> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    return stdout.startsWith('temporal version');
  } catch {
    return false;
  }
}
