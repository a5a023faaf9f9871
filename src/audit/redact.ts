const SECRET_NAME = /(secret|password|passphrase|authorization|cookie|credential|ticket|token|apikey|api_key|hash)$/i;
const SECRET_NAMES = new Set(['key']);
const SECRET_TEXT = /pk_[A-Za-z0-9]{8}_[A-Za-z0-9]{8,}|tk_[A-Za-z0-9_-]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|(postgres(ql)?|rediss?):\/\/[^\s@]+@/;
const REDACTED = '[redacted]';
const MAX_JSON = 16_384;

/** What the audit log keeps of a value: without secrets, by their name or their form, and without what makes it longer than 16 KiB. */
export function redact(value: unknown): unknown {
  const json = JSON.stringify(value, replacement) ?? 'null';
  if (json.length > MAX_JSON) return { leftOut: `${json.length} characters` };
  const kept: unknown = JSON.parse(json);
  return kept;
}

function replacement(name: string, value: unknown): unknown {
  if (value !== null && value !== undefined && (SECRET_NAME.test(name) || SECRET_NAMES.has(name))) return REDACTED;
  return typeof value === 'string' && SECRET_TEXT.test(value) ? REDACTED : value;
}
