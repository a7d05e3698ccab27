import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OXLINT = join(ROOT, 'node_modules', '.bin', 'oxlint');

/** What each folder may import, as values and as types alone; whatever is not named is forbidden. */
const MAY_IMPORT: Readonly<Record<string, { values: readonly string[]; types: readonly string[] }>> = {
  'src/domain': { values: [], types: [] },
  'src/rows': { values: ['src/domain'], types: [] },
  'src/vql': { values: ['src/domain'], types: [] },
  'src/targets': { values: ['src/domain'], types: [] },
  'src/platform': { values: ['src/domain'], types: [] },
  'src/sources': { values: ['src/domain', 'src/platform'], types: [] },
  'src/store': { values: ['src/domain', 'src/rows'], types: [] },
  'src/engine': {
    values: ['src/domain', 'src/rows', 'src/vql', 'src/sources', 'src/targets', 'src/store', 'src/platform'],
    types: [],
  },
  'src/dialects': { values: ['src/domain'], types: ['src/engine'] },
  'src/http': { values: ['src/domain', 'src/dialects', 'src/platform'], types: ['src/engine'] },
  'src/realtime': { values: ['src/domain', 'src/dialects', 'src/platform'], types: ['src/engine'] },
  'src/runtime': { values: ['src/domain', 'src/platform', 'temporal'], types: [] },
  activities: {
    values: ['src/domain', 'src/rows', 'src/vql', 'src/sources', 'src/targets', 'src/store', 'src/platform'],
    types: [],
  },
  workflows: { values: ['src/domain'], types: ['activities'] },
  temporal: { values: ['src/domain', 'workflows'], types: ['src/engine', 'activities', 'src/platform'] },
};
const FOLDERS = Object.keys(MAY_IMPORT);

interface Planted {
  readonly file: string;
  readonly text: string;
}

const findings = z.object({ diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })) });

/** Lints files planted into an otherwise empty copy of the tree; the codes found, by file. */
async function lint(planted: readonly Planted[]): Promise<Map<string, Set<string>>> {
  const copy = mkdtempSync(join(tmpdir(), 'lading-lint-'));
  try {
    copyFileSync(join(ROOT, '.oxlintrc.json'), join(copy, '.oxlintrc.json'));
    for (const { file, text } of planted) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), text);
    }
    const printed = await new Promise<string>((resolve) => {
      execFile(OXLINT, ['--format=json'], { cwd: copy, maxBuffer: 64 * 2 ** 20 }, (_error, stdout) => resolve(stdout));
    });
    const found = new Map<string, Set<string>>();
    for (const { code, filename } of findings.parse(JSON.parse(printed)).diagnostics) {
      found.set(filename, (found.get(filename) ?? new Set()).add(code));
    }
    return found;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const DIRECTION = 'eslint(no-restricted-imports)';

/** Both directly in the folder and deeper in it, as a value and as a type. */
function plantings(from: string, to: string): { values: Planted[]; types: Planted[] } {
  const name = to.replace('/', '-');
  const plant = (folder: string, keyword: string): Planted => {
    const up = '../'.repeat(folder.split('/').length);
    const file = `${folder}/${keyword === 'import' ? 'value' : 'type'}-of-${name}.ts`;
    const short = from.startsWith('src/') && to.startsWith('src/') ? `${up.slice(3)}${to.slice(4)}` : `${up}${to}`;
    return { file, text: `${keyword} { Thing } from '${short}/thing.ts';\nexport { Thing };\n` };
  };
  const folders = [from, `${from}/deeper`];
  return {
    values: folders.map((folder) => plant(folder, 'import')),
    types: folders.map((folder) => ({
      ...plant(folder, 'import type'),
      text: plant(folder, 'import type').text.replace('export {', 'export type {'),
    })),
  };
}

describe('the architecture', () => {
  test('lint finds an import against the directions in every folder, and no other', async () => {
    const planted: Planted[] = [];
    const expected = new Map<string, boolean>();
    for (const from of FOLDERS) {
      for (const to of FOLDERS.filter((folder) => folder !== from)) {
        const { values, types } = plantings(from, to);
        const rule = MAY_IMPORT[from];
        const valuesAllowed = rule?.values.includes(to) === true;
        const typesAllowed = valuesAllowed || rule?.types.includes(to) === true;
        planted.push(...values, ...types);
        for (const { file } of values) expected.set(file, valuesAllowed);
        for (const { file } of types) expected.set(file, typesAllowed);
      }
    }
    const found = await lint(planted);
    const wrong = [...expected].filter(([file, allowed]) => (found.get(file)?.has(DIRECTION) ?? false) === allowed);
    assert.deepEqual(wrong, []);
  });

  test('lint keeps workflows deterministic, the domain pure and the configuration in one place', async () => {
    const use = (specifier: string): string => `import { thing } from '${specifier}';\nexport const used = thing;\n`;
    const found = await lint([
      { file: 'workflows/a.ts', text: use('node:fs') },
      { file: 'workflows/b.ts', text: use('pg') },
      { file: 'workflows/c.ts', text: use('@temporalio/worker') },
      { file: 'workflows/d.ts', text: use('@temporalio/client') },
      { file: 'workflows/good.ts', text: use('@temporalio/workflow') },
      { file: 'workflows/good-too.ts', text: use('@temporalio/common') },
      { file: 'src/domain/a.ts', text: use('node:crypto') },
      { file: 'src/engine/a.ts', text: use('../assemble.ts') },
      { file: 'src/engine/b.ts', text: use('../config.ts') },
      { file: 'src/engine/c.ts', text: 'export const port = process.env.PORT;\n' },
      { file: 'src/rows/a.ts', text: 'export const value: any = 1;\n' },
      { file: 'src/rows/cycle.ts', text: use('./cycle-back.ts') },
      { file: 'src/rows/cycle-back.ts', text: use('./cycle.ts') },
      { file: 'src/rows/b.ts', text: 'export function tell(): void {\n  console.log(1);\n}\n' },
    ]);
    assert.deepEqual(Object.fromEntries([...found].map(([file, codes]) => [file, [...codes].join()])), {
      'src/domain/a.ts': DIRECTION,
      'src/engine/a.ts': DIRECTION,
      'src/engine/b.ts': DIRECTION,
      'src/engine/c.ts': 'node(no-process-env)',
      'src/rows/a.ts': 'typescript(no-explicit-any)',
      'src/rows/b.ts': 'eslint(no-console)',
      'src/rows/cycle-back.ts': 'import(no-cycle)',
      'src/rows/cycle.ts': 'import(no-cycle)',
      'workflows/a.ts': DIRECTION,
      'workflows/b.ts': DIRECTION,
      'workflows/c.ts': DIRECTION,
      'workflows/d.ts': DIRECTION,
    });
  });

  test('no file is longer than 300 lines', () => {
    const files = globSync(
      ['src', 'workflows', 'activities', 'temporal', 'migrations', 'test', 'bench', 'scripts'].map(
        (folder) => `${folder}/**/*.{ts,mjs}`,
      ),
      { cwd: ROOT },
    );
    const long = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 301);
    assert.deepEqual(long, []);
  });

  test('the workflow bundle builds', async () => {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(ROOT, 'workflows', 'index.ts'),
      logger: new DefaultLogger('ERROR'),
    });
    assert.match(code, /importWorkflow/u);
  });
});
