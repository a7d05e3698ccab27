import type { Stage } from '../dialects/request-state.ts';
import { escapeHtml, htmlPage } from './html.ts';

const STYLE = `dt{font-weight:600;margin-top:.75rem}dd{margin:0}`;

/** `/`: what answers here and where to go on. `temporalUi` is where people open Temporal's UI, null where they cannot. */
export function startPage(temporalUi: string | null): Stage {
  const page = htmlPage('Lading', STYLE, body(temporalUi));
  return function answerStartPage(ctx, next) {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    // Browsers ask for it with every page; there is none, which is no mistake for them to report.
    if (ctx.path === '/favicon.ico') {
      ctx.status = 204;
      return undefined;
    }
    if (ctx.path !== '/') return next();
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = page;
    return undefined;
  };
}

function body(temporalUi: string | null): string {
  const places = [
    ['/docs', 'The API to read', 'every endpoint, and what it takes to use it'],
    ['/docs/openapi.json', 'The API for machines', 'the same as OpenAPI 3.1'],
    ['/health/ready', 'Health', 'whether the database, Temporal and a worker are there'],
    ['/metrics', 'Metrics', 'durations of requests, jobs by status, the process; in the text form of Prometheus'],
    ...(temporalUi === null ? [] : [[temporalUi, 'Temporal', 'the workflow of every job; its id is the job’s']]),
  ] as const;
  const list = places.map(([href = '', name = '', what = '']) => {
    return `<dt><a href="${escapeHtml(href)}">${escapeHtml(name)}</a></dt><dd>${escapeHtml(what)}</dd>`;
  });
  return `<h1>Lading</h1>
<p>Imports rows from another PostgreSQL database into typed tables: mapped, checked, matched, each exactly once, with a
ledger record for every row. It is used over its API; log in with <code>POST /api/v1/auth/login</code>.</p>
<dl>
${list.join('\n')}
</dl>`;
}
