/**
 * Text from outside as PostgreSQL can keep it: JSON, in which NUL and lone surrogates are escaped. Equal texts give equal JSON,
 * so what is kept this way can be compared and made unique.
 */
export function toJsonText(text: string): string {
  return JSON.stringify(text);
}

export function fromJsonText(json: string): string {
  const text: string = JSON.parse(json);
  return text;
}

/** A secret's hash or name to look for; null when it holds what PostgreSQL has no form for, so that it names nothing. */
export function lookupText(text: string): string | null {
  return text.isWellFormed() && !text.includes('\0') ? text : null;
}
