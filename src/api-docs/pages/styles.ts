/** The look of the pages about the API, light and dark. */
export const STYLES = `:root {
  color-scheme: light dark;
  --paper: #fff;
  --ink: #1c2024;
  --quiet: #60646c;
  --line: #e4e6ea;
  --link: #1f5fbf;
  --mark: #fff6d6;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #15171a; --ink: #e8eaed; --quiet: #a0a6b0; --line: #2c3036; --link: #8ab4f8; --mark: #37301a; }
  .swagger-ui { background: #fff; color-scheme: light; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, sans-serif; }
nav { display: flex; gap: 1.25rem; padding: 0.75rem 1.25rem; border-bottom: 1px solid var(--line); }
nav a { color: var(--ink); text-decoration: none; }
nav a:first-child { font-weight: 600; }
a:hover { text-decoration: underline; }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.wait { padding: 2rem 1.25rem; }
.errors { max-width: 44rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
.errors a { color: var(--link); }
.errors section { padding: 0.25rem 1rem; margin: 0 -1rem; border-top: 1px solid var(--line); }
.errors section:target { background: var(--mark); }
.errors h2 { margin: 0.75rem 0 0; font: 600 1.05rem/1.5 ui-monospace, monospace; }
.errors h2 a { color: inherit; text-decoration: none; }
.errors p { margin: 0.25rem 0 0.75rem; }
.facts { color: var(--quiet); font-size: 0.9rem; }
.swagger-ui .information-container { padding-top: 0; }
`;
