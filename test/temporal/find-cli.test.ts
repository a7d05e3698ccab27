import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { findTemporalCli } from '../../temporal/find-cli.ts';
import type { CliPlaces } from '../../temporal/find-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A program that answers `--version` as the real one does, or as something else. */
function program(place: string, says = 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.0)'): string {
  const path = join(folder, place, 'temporal');
  mkdirSync(join(folder, place), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return path;
}

function places(changes: Partial<CliPlaces>): CliPlaces {
  return {
    named: null,
    searchPath: '',
    ownFolder: join(folder, 'nothing-here'),
    cacheFolder: join(folder, 'nothing-there'),
    report: (line) => assert.fail(`nothing is to be fetched: ${line}`),
    signal: new AbortController().signal,
    ...changes,
  };
}

describe('the temporal executable', () => {
  const named = program('named');
  const onPath = program('path');
  const own = program('own');
  const cached = program('cache');
  const all = { searchPath: join(folder, 'path'), ownFolder: join(folder, 'own'), cacheFolder: join(folder, 'cache') };

  test('is the named one, else on PATH, else in the home, else in the cache', async () => {
    assert.equal(await findTemporalCli(places({ ...all, named })), named);
    assert.equal(await findTemporalCli(places(all)), onPath);
    assert.equal(await findTemporalCli(places({ ...all, searchPath: '/nowhere' })), own);
    assert.equal(await findTemporalCli(places({ cacheFolder: join(folder, 'cache') })), cached);
  });

  test('is never another program of that name', async () => {
    program('other', 'temporal: a library for dates');
    assert.equal(
      await findTemporalCli(places({ ...all, searchPath: `${join(folder, 'other')}:${all.searchPath}` })),
      onPath,
    );
  });

  test('that was named but does not run is an error, not a reason to take another', async () => {
    await assert.rejects(
      findTemporalCli(places({ ...all, named: '/no/such/temporal' })),
      /TEMPORAL_CLI names \/no\/such\/temporal/u,
    );
  });
});
