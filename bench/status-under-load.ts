import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { startProduct } from './product.ts';
import { count, runBench } from './run-bench.ts';

const HELP = `npm run bench:status: how fast job status is answered while a large import runs.

Starts Lading in a temporary home, imports generated contacts and asks for the job's status at a steady rate, however
long the answers take. Clients, API, worker and PostgreSQL share the machine.

  --rows 1000000   contacts (1,000,000)
  --rate 50        requests a second (50)`;

/** How long one request took, in milliseconds. */
function ask(agent: Agent, url: string, token: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const began = performance.now();
  request(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
    if (answer.statusCode !== 200) reject(new Error(`answered with ${answer.statusCode ?? 'nothing'}`));
    answer.on('end', () => resolve(performance.now() - began)).resume();
  })
    .on('error', reject)
    .end();
  return promise;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

await runBench(
  HELP,
  {
    rows: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '50' },
  },
  async (values) => {
    const product = await startProduct(count(values.rows), 1, (line) => console.error(`  ${line}`));
    try {
      await product.readFrom('contacts');
      const agent = new Agent({ keepAlive: true });
      const jobId = await product.startJob();
      const url = `${product.client.baseUrl}/api/import/jobs/${jobId}/status`;
      const over = new AbortController();
      const job = product.waitFor(jobId, () => undefined).finally(() => over.abort());
      const asked: Promise<number>[] = [];
      const every = 1000 / Number(values.rate);
      const began = performance.now();
      // A request goes out when its time has come, whether or not earlier ones are answered.
      while (!over.signal.aborted) {
        asked.push(ask(agent, url, product.client.token));
        asked.at(-1)?.catch(() => undefined);
        await delay(Math.max(0, began + asked.length * every - performance.now()));
      }
      const times = (await Promise.all(asked)).toSorted((a, b) => a - b);
      const { status, records_processed: rows } = await job;
      const seconds = (performance.now() - began) / 1000;
      const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
      console.log(`Import ${status}: ${rows.toLocaleString('en')} rows in ${seconds.toFixed(1)} s`);
      console.log(`${times.length} status requests, ${(times.length / seconds).toFixed(0)} a second, all answered`);
      console.log(`p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, slowest ${quantile(times, 1).toFixed(1)} ms`);
      console.log(`p99 under 50 ms: ${p99 < 50 ? 'reached' : 'MISSED'}`);
    } finally {
      await product.stop();
    }
  },
);
