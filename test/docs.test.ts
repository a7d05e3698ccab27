import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { VARIABLE_NAMES } from '../src/config.ts';
import { CONNECTRA_ERRORS } from '../src/dialects/connectra/errors.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = ['README.md', 'docs/ARCHITECTURE.md'];

const files = globSync(
  ['*', '.*', '{src,workflows,activities,temporal,migrations,test,bench,scripts,docs,examples,.ci}/**/*'],
  {
    cwd: ROOT,
    exclude: ['.git', 'node_modules'],
  },
);

function read(name: string): string {
  return readFileSync(`${ROOT}/${name}`, 'utf8');
}

/** What stands between backticks, outside of blocks. */
function named(text: string): string[] {
  return Array.from(text.replaceAll(/^```.*?^```/gmsu, '').matchAll(/`([^`\n]+)`/gu), ([, name = '']) => name);
}

describe('the documents', () => {
  test('name only files and folders that are there', () => {
    const missing = DOCUMENTS.flatMap((document) =>
      named(read(document))
        .filter((name) => /^[\w.][\w./-]*(?:\.(?:ts|mjs|json|yml|md)|\/)$/u.test(name))
        .filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name.replace(/\/$/u, '')}`)))
        .map((name) => `${document}: ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  test('link only to what is there', () => {
    const broken = DOCUMENTS.flatMap((document) =>
      Array.from(read(document).matchAll(/\]\(([^)#:]+)\)/gu), ([, target = '']) => target).filter(
        (target) => !existsSync(new URL(target, new URL(`../${document}`, import.meta.url))),
      ),
    );
    assert.deepEqual(broken, []);
  });

  test('list the errors of the Connectra dialect, all of them', () => {
    const rows = read('docs/connectra-errors.md').matchAll(/^\| `(ERR_\w+)` \| (\d+) \| (.+) \|$/gmu);
    const listed = Object.fromEntries(
      Array.from(rows, ([, name = '', status, means]) => [name, { status: Number(status), means }]),
    );
    assert.deepEqual(listed, { ...CONNECTRA_ERRORS });
  });

  test('show the examples as they are', () => {
    const shown = Array.from(read('README.md').matchAll(/^```js\n(.*?)^```/gmsu), ([, code]) => code);
    assert.deepEqual(shown, [read('examples/watch.mjs'), read('examples/echo.mjs')]);
  });

  test('know only settings that exist', () => {
    const rows = read('README.md').matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|/gmu);
    const settings = Array.from(rows).flatMap(([, cell = '']) => named(cell));
    assert.ok(settings.length > 10);
    assert.deepEqual(
      settings.filter((name) => !VARIABLE_NAMES.includes(name)),
      [],
    );
  });
});
