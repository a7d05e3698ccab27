const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2530}
code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}small{color:#5b6876}`;

/** A page to read that loads nothing else; `style` is added to what all pages share, `body` is HTML. */
export function htmlPage(title: string, style: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>${STYLE}
${style}</style></head>
<body>
${body}
</body>
</html>
`;
}

/** Text as it stands in HTML, also in the value of an attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
