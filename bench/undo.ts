import { z } from 'zod';
import { processCpu, serverCpu } from './cpu.ts';
import { startProduct } from './product.ts';
import { count, runBench } from './run-bench.ts';

const HELP = `npm run bench:undo: how fast an import of new rows is undone, and how fast that is undone in turn.

Starts Lading in a temporary home, imports generated contacts, rolls the import back and then the rollback. The CPU
seconds are those of PostgreSQL and of the workers; nothing else takes any to speak of.

  --rows 300000    contacts (300,000)
  --batch 10000    rows a chunk (10,000)`;

const made = z.object({ rollback_job: z.object({ id: z.string() }) });
const ended = z.object({
  rollback_job: z.object({
    status: z.string(),
    records_rolled_back: z.number(),
    started_at: z.string(),
    completed_at: z.string(),
  }),
});

await runBench(
  HELP,
  {
    rows: { type: 'string', default: '300000' },
    batch: { type: 'string', default: '10000' },
  },
  async (values) => {
    const product = await startProduct(count(values.rows), 1, (line) => console.error(`  ${line}`));
    const { client } = product;
    const postmaster = await product.pid('postgres');
    const cpu = async (): Promise<{ server: number; workers: number }> => ({
      server: serverCpu(postmaster),
      workers: (await product.workerPids()).reduce((sum, pid) => sum + processCpu(pid), 0),
    });
    try {
      await product.readFrom('contacts');
      let undone = await product.startJob();
      await product.waitFor(undone, () => undefined);
      for (const what of ['Undo of created rows', 'Undo of that undo']) {
        const before = await cpu();
        const { rollback_job: rollback } = await client.post(
          `/api/import/jobs/${undone}/rollback`,
          {
            rollback_options: { batch_size: count(values.batch) },
            confirmation: { understood_consequences: true, backup_created: true },
          },
          made,
        );
        await product.waitFor(rollback.id, () => undefined);
        const after = await cpu();
        const { rollback_job: job } = await client.get(`/api/import/rollback/${rollback.id}/status`, ended);
        const seconds = (Date.parse(job.completed_at) - Date.parse(job.started_at)) / 1000;
        const rows = job.records_rolled_back;
        console.log(
          `${what}: ${job.status}, ${rows.toLocaleString('en')} rows in ${seconds.toFixed(1)} s, ` +
            `${Math.round(rows / seconds).toLocaleString('en')} a second; CPU seconds: PostgreSQL ` +
            `${(after.server - before.server).toFixed(1)}, workers ${(after.workers - before.workers).toFixed(1)}`,
        );
        undone = rollback.id;
      }
    } finally {
      await product.stop();
    }
  },
);
