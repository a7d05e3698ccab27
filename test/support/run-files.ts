import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

/**
 * Runs test files, each in a process of its own, in the order they are given: `node --test` has an order of its own.
 * Ends with exit code 1 if a test failed, and tells which files took longest.
 */
const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string' }, concurrency: { type: 'string', default: '3' } },
});

const SLOWEST = 15;
const stopped = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.abort());

const seconds: { readonly file: string; readonly took: number }[] = [];
run({
  files,
  concurrency: Number(values.concurrency),
  timeout: 600_000,
  signal: stopped.signal,
  ...(values.name === undefined ? {} : { testNamePatterns: [values.name] }),
})
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  })
  .on('test:summary', ({ file, duration_ms: took }) => {
    if (file !== undefined) seconds.push({ file, took });
  })
  .once('end', () => {
    const slowest = seconds.toSorted((a, b) => b.took - a.took).slice(0, SLOWEST);
    for (const { file, took } of slowest) console.log(`${(took / 1000).toFixed(1).padStart(7)} s  ${file}`);
  })
  .compose(spec)
  .pipe(process.stdout);
