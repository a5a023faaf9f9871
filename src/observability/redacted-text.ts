const SECRET_FORMS: readonly (readonly [form: RegExp, instead: string])[] = [
  [/\/\/[^/\s@]+@/g, '//[redacted]@'],
  [/\b(?:pk|sk)[_-][\w-]{8,}/g, '[redacted]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  [/([?&](?:ticket|token|key|secret|password|code)=)[^&\s"']+/gi, '$1[redacted]'],
];

/** The text without what looks like a credential: of an address, in a query, a key, a token. */
export function redactedText(text: string): string {
  return SECRET_FORMS.reduce((line, [form, instead]) => line.replace(form, instead), text);
}
