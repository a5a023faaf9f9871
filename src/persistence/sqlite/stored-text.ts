/**
 * Text from outside as SQLite can keep it. UTF-8 has no lone surrogates: bound as they are, two different names
 * that hold some would become one. Such text, and what looks like it, is kept as JSON, which escapes them.
 */
export function toStoredText(text: string): string {
  return text.isWellFormed() && !text.includes('\0') && !text.startsWith('"') ? text : JSON.stringify(text);
}

export function fromStoredText(stored: string): string {
  if (!stored.startsWith('"')) return stored;
  const text: string = JSON.parse(stored);
  return text;
}
