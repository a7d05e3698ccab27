export { importWorkflow } from './import-workflow.ts';
export { validateWorkflow } from './validate-workflow.ts';
