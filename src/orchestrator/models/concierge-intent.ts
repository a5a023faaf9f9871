/** What the concierge understood of a message. */
export type Intent =
  | { readonly kind: 'echo'; readonly text: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'call'; readonly skill: string; readonly input: Readonly<Record<string, string>> }
  | { readonly kind: 'other' };

const ECHO = /^\/echo\s/;
const HELP = /^\/?help[.!?]*$/i;
const ADD_NOTE = /^\/?(?:note|remember)\b(?:\s+that\b)?[\s:,-]*(\S[\s\S]*)$/i;
const LIST_NOTES = /^\/?(?:(?:please\s+)?(?:list|show|read|what are)\s+(?:me\s+)?(?:my|the|our|all)?\s*)?notes[.!?]*$/i;
const TIME = /\b(?:(?:what|which)(?:'s|’s|s|\s+is)?\s+(?:the\s+)?(?:current\s+)?(?:time|date|day)\b|(?:current|tell\s+me\s+the)\s+(?:time|date)\b|today['’]s\s+date\b)/i;
const TIME_ALONE = /^\/?(?:time|date|now|clock)[.!?]*$/i;
const ZONE = /\b[A-Z][A-Za-z_]+\/[A-Z][A-Za-z_/+-]+\b/;
const SUM = /[-+−(.]*\d[\d\s.()+\-*/%^×·÷−]*/;
const SUM_WORDS = /^(?:what|whats|what's|what’s|is|how|much|many|are|does|calculate|compute|evaluate|solve|work|out|the|sum|result|of|answer|to|equals?|equal|please|can|could|you|tell|me|hey|hi|hello|and)$/i;
const OPERATOR_WORDS: readonly (readonly [RegExp, string])[] = [
  [/(?<=\d),(?=\d{3}\b)/g, ''],
  [/(?<=\d)\s*(?:%|percent)\s+of\s+(?=[\d(])/gi, '/100*'],
  [/\bplus\b/gi, '+'],
  [/\bminus\b/gi, '-'],
  [/\b(?:times|multiplied\s+by)\b/gi, '*'],
  [/\b(?:divided\s+by|over)\b/gi, '/'],
  [/\bto\s+the\s+power\s+of\b/gi, '^'],
  [/\b(?:mod|modulo)\b/gi, '%'],
  [/(?<=\d\s*)[x×](?=\s*[\d(])/gi, '*'],
];
/** Longer messages are not searched for a question: none of ours is that long. */
const MAX_QUESTION = 1200;

export function understand(message: string): Intent {
  if (ECHO.test(message)) return { kind: 'echo', text: message.slice('/echo '.length) };
  if (message.length > MAX_QUESTION + '/remember that '.length + 1000) return { kind: 'other' };
  const text = message.trim();
  if (HELP.test(text)) return { kind: 'help' };
  if (LIST_NOTES.test(text)) return { kind: 'call', skill: 'notes', input: { action: 'list' } };
  const note = ADD_NOTE.exec(text)?.[1];
  if (note !== undefined) return { kind: 'call', skill: 'notes', input: { action: 'add', text: note } };
  if (text.length > MAX_QUESTION) return { kind: 'other' };
  const expression = sumIn(text);
  if (expression !== null) return { kind: 'call', skill: 'calculator', input: { expression } };
  if (TIME.test(text) || TIME_ALONE.test(text)) {
    const timeZone = ZONE.exec(text)?.[0];
    return { kind: 'call', skill: 'clock', input: timeZone === undefined ? {} : { timeZone } };
  }
  return { kind: 'other' };
}

/** The expression, when the message is one or asks for one and for nothing else. */
function sumIn(text: string): string | null {
  if (!/\d/.test(text)) return null;
  let spoken = text;
  for (const [word, sign] of OPERATOR_WORDS) spoken = spoken.replace(word, sign);
  const found = SUM.exec(spoken);
  if (found === null) return null;
  const expression = found[0].replace(/[\s.]+$/, '');
  if (!/[+\-*/%^×·÷−]/.test(expression.slice(1))) return null;
  const around = `${spoken.slice(0, found.index)} ${spoken.slice(found.index + found[0].length)}`;
  const words = around.split(/[\s,.!?=:"“”]+/).filter((word) => word !== '');
  return words.every((word) => SUM_WORDS.test(word)) ? expression : null;
}
