import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = process.env['LADING_TEST_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));

/** Where a file of the shared test data lies; `skip` says why a test that needs it is left out, or false. */
export function testData(path: string): { readonly path: string; readonly skip: string | false } {
  const found = `${FOLDER}/${path}`;
  return { path: found, skip: existsSync(found) ? false : `there is no ${found}; LADING_TEST_DATA names its folder` };
}
