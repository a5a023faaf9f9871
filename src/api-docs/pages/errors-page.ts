import { ERRORS } from '#libs/contracts';

/** The page that the `type` of a problem leads to: each code under its own anchor. Made from the table of errors. */
export function errorsPage(): string {
  const entries = Object.entries(ERRORS).map(([code, { status, retryable, title, suggestion }]) =>
    [
      `      <section id="${code}">`,
      `        <h2><a href="#${code}">${code}</a></h2>`,
      `        <p class="facts">HTTP ${status} · ${retryable ? 'may succeed later' : 'will not succeed by itself'}</p>`,
      `        <p>${escaped(title)}. ${escaped(suggestion)}</p>`,
      '      </section>',
    ].join('\n'),
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Errors · Parley</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/docs/assets/docs.css" />
  </head>
  <body>
    <nav><a href="/">Parley</a> <a href="/docs">API</a></nav>
    <main class="errors">
      <h1>Errors</h1>
      <p>Every refusal is a problem (RFC 9457) with one of these codes, the same on every door. What may succeed later carries
        <code>retryable: true</code>: on a refusal the same call with the same id, on an ended turn the same message with a new one.</p>
${entries.join('\n')}
    </main>
  </body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
