export { exportWorkflow } from './export-workflow.ts';
export { importWorkflow } from './import-workflow.ts';
export { planWorkflow } from './plan-workflow.ts';
export { retryWorkflow } from './retry-workflow.ts';
export { rollbackWorkflow } from './rollback-workflow.ts';
export { scheduledImportWorkflow } from './scheduled-import-workflow.ts';
export { validateWorkflow } from './validate-workflow.ts';
export { webhookDeliveryWorkflow } from './webhook-delivery-workflow.ts';
