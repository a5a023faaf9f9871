const DESCRIPTIONS: Readonly<Record<string, string>> = {
  messages: 'Sending messages and reading what became of them.',
  chat: 'A message and its turn in one response.',
  sessions: 'Conversations: their messages and their events.',
  channels: 'The doors of the gateway, and messages of its own accord.',
  deliveries: 'What went out, and what became of it.',
  'dead-letters': 'Deliveries that were given up, to be sent again.',
  keys: 'API keys of the tenant.',
  tenants: 'The customers of the gateway, and what their users left.',
  usage: 'What models were used for.',
  tickets: 'Single-use tickets, so that browsers and phones never hold a key.',
  audit: 'Who did what, and whether the log is as it was written.',
  auth: 'Signing in and out, for people.',
  health: 'Whether the gateway lives and is ready.',
  metrics: 'Figures for Prometheus.',
  'control-plane': 'What operators see and change.',
  documents: 'This description, for people and programs.',
  pages: 'Pages for people; no data is in them.',
};

const DOCUMENTS = new Set(['docs', 'openapi.json', 'asyncapi.json']);
const PAGES = new Set(['', 'playground', 'console', 'assets']);

/** The tag of an operation: the resource that its path names. */
export function tagOf(path: string): string {
  const [first = '', second = '', third = ''] = path.split('/').slice(1);
  if (first === 'api') return third === '' ? second : third;
  if (DOCUMENTS.has(first)) return 'documents';
  return PAGES.has(first) ? 'pages' : first;
}

/** The tags of a document, with what they stand for. */
export function tagsOf(paths: readonly string[]): { name: string; description: string }[] {
  const names = [...new Set(paths.map(tagOf))].sort();
  return names.map((name) => ({ name, description: DESCRIPTIONS[name] ?? `Everything under ${name}.` }));
}
