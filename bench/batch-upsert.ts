import { z } from 'zod';
import { processCpu, serverCpu } from './cpu.ts';
import { COUNTRIES, DEPARTMENTS, SENIORITIES } from './directory.ts';
import { startProductWith } from './product.ts';
import { count, runBench } from './run-bench.ts';
import { alignedLines, median } from './table.ts';

const HELP = `npm run bench:batch: how long a batch of contacts takes over HTTP.

Starts Lading in a temporary home and sends batches of new contacts, each of them once more as it was, and once with other
titles. Beside the time until the answer is there stands the CPU time of the API and of PostgreSQL for it, which a busy
machine does not change as much.

  --rows 1000      contacts of a batch (1,000)
  --batches 100    batches of each kind (100)`;

const KINDS = ['new', 'the same again', 'another title'] as const;
const answered = z.object({ success: z.literal(true), contact_uuids: z.array(z.string()) });

function contact(batch: number, row: number): object {
  const number = batch * 100_000 + row;
  const pick = (from: readonly string[]): string => from[(number * 7_919) % from.length] ?? '';
  return {
    first_name: `First${number % 977}`,
    last_name: `Last${number}`,
    email: `person.${number}@example.com`,
    title: 'Senior Software Engineer',
    departments: [pick(DEPARTMENTS)],
    seniority: pick(SENIORITIES),
    city: 'San Francisco',
    state: 'California',
    country: pick(COUNTRIES),
    linkedin_url: `https://linkedin.com/in/person-${number}`,
    mobile_phone: '+1-555-123-4567',
    company_id: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
  };
}

await runBench(
  HELP,
  { rows: { type: 'string', default: '1000' }, batches: { type: 'string', default: '100' } },
  async (values) => {
    const product = await startProductWith(
      () => Promise.resolve(),
      (line) => console.error(`  ${line}`),
    );
    try {
      const [api, postmaster] = [await product.pid('api'), await product.pid('postgres')];
      const runs = KINDS.map(() => ({ times: [] as number[], api: 0, postgres: 0 }));
      const [rows, batches] = [count(values.rows), count(values.batches)];
      for (let batch = -2; batch < batches; batch++) {
        const given = Array.from({ length: rows }, (_, row) => contact(batch + 2, row));
        for (const [kind, run] of runs.entries()) {
          const sent = kind === 2 ? given.map((one) => ({ ...one, title: 'Director of Sales' })) : given;
          const before = { api: processCpu(api), postgres: serverCpu(postmaster), at: performance.now() };
          await product.client.post('/contacts/batch-upsert', sent, answered);
          if (batch < 0) continue;
          run.times.push(performance.now() - before.at);
          run.api += processCpu(api) - before.api;
          run.postgres += serverCpu(postmaster) - before.postgres;
        }
      }
      const table = [['batch', 'median ms', 'p95 ms', 'CPU ms: API', 'PostgreSQL']];
      for (const [kind, { times, ...cpu }] of runs.entries()) {
        const p95 = times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN;
        const each = (seconds: number): string => ((seconds * 1000) / batches).toFixed(0);
        table.push([KINDS[kind] ?? '', median(times).toFixed(0), p95.toFixed(0), each(cpu.api), each(cpu.postgres)]);
      }
      for (const line of alignedLines(table)) console.log(line);
    } finally {
      await product.stop();
    }
  },
);
