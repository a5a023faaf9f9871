import { createHash } from 'node:crypto';
import { ERRORS, type Failure } from '#libs/contracts';

const STYLE =
  'body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.5 system-ui,sans-serif;background:#f6f6f4;color:#1d1d1b}' +
  'main{max-width:30rem;margin:1rem;padding:2rem;background:#fff;border:1px solid #e2e2dd;border-radius:12px}' +
  'h1{font-size:1.25rem;margin:0 0 .75rem}p{margin:0 0 1rem}small{color:#5c5c57}a{color:inherit}' +
  '@media(prefers-color-scheme:dark){body{background:#161615;color:#ececea}' +
  'main{background:#20201e;border-color:#3a3a36}small{color:#a3a39c}}';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const POLICY = ["default-src 'none'", `style-src 'sha256-${STYLE_HASH}'`, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"];

/** Headers of the page: its one style is allowed by its hash, nothing else runs or loads (CSP level 3). */
export const REFUSAL_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': POLICY.join('; '),
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** What a person sees in place of a problem: the same words, the code, and a way back. Nothing that a stranger sent is in it. */
export function refusalPage({ code, detail }: Failure, requestId: string): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Not signed in · Parley</title><style>${STYLE}</style></head><body><main>`,
    `<h1>You are not signed in</h1><p>${escaped(detail)}</p>`,
    '<p><a href="/playground">Back to the sign-in page</a></p>',
    `<small>${code} (${ERRORS[code].status}) · request ${escaped(requestId)}</small>`,
    '</main></body></html>',
  ].join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
