export { importWorkflow } from './import-workflow.ts';
export { retryWorkflow } from './retry-workflow.ts';
export { validateWorkflow } from './validate-workflow.ts';
