import { bundleWorkflowCode } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Writes the bundled workflows to the file that is named on the command line. */
const [, , output] = process.argv;
if (output === undefined) throw new Error('name the file to write');
const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
const { code } = await bundleWorkflowCode({ workflowsPath });
await writeFile(output, code);
