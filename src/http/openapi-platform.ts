const json = (schema: object) => ({ 'application/json': { schema } });
const text = { type: 'string' } as const;
const answer = (description: string, content?: object) => ({
  description,
  ...(content === undefined ? {} : { content }),
});
const checks = { type: 'object', properties: { database: text, temporal: text, worker: text } } as const;
const readiness = json({ type: 'object', properties: { status: text, checks } });

const read = (operationId: string, summary: string, responses: object) => ({
  get: { operationId, summary, tags: ['platform'], security: [], responses },
});

/** The endpoints that belong to no dialect, as OpenAPI has them. */
export const PLATFORM_PATHS = {
  '/health/live': read('platform_live', 'Answers while the process lives.', {
    200: answer('It lives.', json({ type: 'object', properties: { status: text } })),
  }),
  '/health/ready': read('platform_ready', 'Tells whether the process can serve.', {
    200: answer('It can.', readiness),
    503: answer('It cannot; what is not `ok` is missing.', readiness),
  }),
  '/metrics': read('platform_metrics', 'Figures for Prometheus.', {
    200: answer('Prometheus’ text form.', { 'text/plain': { schema: text } }),
  }),
  '/docs/openapi.json': read('platform_openapi', 'This document.', {
    200: answer('OpenAPI 3.1.', json({ type: 'object' })),
  }),
};
