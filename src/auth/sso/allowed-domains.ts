const ADDRESS = /^[\x21-\x3f\x41-\x7e]{1,64}@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*)$/;
const MAX_ADDRESS_LENGTH = 254;

/**
 * True when the address is plain ASCII with exactly one `@` and its domain is one of `domains` (lower-case ASCII), letter by letter.
 * Sub-domains, trailing dots, and letters of other scripts that look the same or fold to the same are other domains.
 */
export function isInDomains(address: string, domains: readonly string[]): boolean {
  if (address.length > MAX_ADDRESS_LENGTH) return false;
  const domain = ADDRESS.exec(address)?.[1];
  return domain !== undefined && domains.includes(domain.toLowerCase());
}
