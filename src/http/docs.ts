import type { Dialect } from '../dialects/dialect.ts';
import type { Stage } from '../dialects/request-state.ts';
import { escapeHtml, htmlPage } from './html.ts';
import { openApiDocument } from './openapi.ts';

/** `/docs/openapi.json`: every endpoint for machines; `/docs`: the same as a page to read, which loads nothing else. */
export function docs(dialects: readonly Dialect[]): Stage {
  // Made when somebody asks for it: most processes are never asked, and all of them are to start fast.
  let document: string | undefined;
  let page: string | undefined;
  return function answerDocs(ctx, next) {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    if (ctx.path === '/docs/openapi.json') {
      ctx.type = 'application/json; charset=utf-8';
      ctx.body = document ??= JSON.stringify(openApiDocument(dialects));
    } else if (ctx.path === '/docs' || ctx.path === '/docs/') {
      ctx.type = 'text/html; charset=utf-8';
      ctx.body = page ??= docsPage(dialects);
    } else {
      return next();
    }
    return undefined;
  };
}

const STYLE = `h2{margin-top:2rem}table{border-collapse:collapse;width:100%}
td{padding:.35rem .5rem;border-top:1px solid #d8dee6;vertical-align:top}
td:first-child{font:600 .8rem/1.9 ui-monospace,monospace;text-transform:uppercase;width:5rem}`;

function docsPage(dialects: readonly Dialect[]): string {
  const body = `<h1>Lading API</h1>
<p>Machines read <a href="/docs/openapi.json">openapi.json</a> (OpenAPI 3.1). Log in with
<code>POST /api/v1/auth/login</code> and send the token as <code>Authorization: Bearer …</code>.</p>
${dialects.map(section).join('\n')}`;
  return htmlPage('Lading API', STYLE, body);
}

function section(dialect: Dialect): string {
  const rows = dialect.routes.map((route) => {
    const needs = route.open ? 'open to everybody' : (route.permission ?? 'login');
    const path = `${dialect.prefix}${route.path === '/' ? '' : route.path}`;
    return `<tr><td>${route.method}</td><td><code>${escapeHtml(path)}</code><br>${escapeHtml(route.summary)}
<small>${escapeHtml(needs)}</small></td></tr>`;
  });
  return `<h2>${escapeHtml(dialect.name)} <small>${escapeHtml(dialect.prefix)}</small></h2>
<table>${rows.join('\n')}</table>${errorTable(dialect)}`;
}

function errorTable({ errors }: Dialect): string {
  if (errors === undefined) return '';
  const rows = Object.entries(errors).map(
    ([name, { status, means }]) =>
      `<tr><td>${status}</td><td><code>${escapeHtml(name)}</code><br>${escapeHtml(means)}</td></tr>`,
  );
  return `<h3>Errors</h3><table>${rows.join('\n')}</table>`;
}
