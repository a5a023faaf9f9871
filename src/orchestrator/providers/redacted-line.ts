const MAX_LENGTH = 200;
/** What looks like a key, a token or the credentials of an address, whoever it belongs to. */
const SECRET_FORMS = [/\b(?:sk|pk|rk|key|api)[-_][\w*.-]{6,}/gi, /\bBearer\s+\S+/gi, /\/\/[^/\s@]+@/g, /[\w-]{32,}/g];

/** One line of what somebody else wrote, at most 200 characters, with everything that may be a secret taken out. */
export function redactedLine(text: string, secrets: readonly string[]): string {
  let line = text;
  for (const secret of secrets) if (secret !== '') line = line.replaceAll(secret, '[redacted]');
  line = line.slice(0, 4 * MAX_LENGTH).replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  for (const form of SECRET_FORMS) line = line.replace(form, '[redacted]');
  return line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH - 1).toWellFormed()}…`;
}
