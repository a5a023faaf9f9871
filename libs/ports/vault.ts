/** Keeps secrets at rest: what it seals is unreadable and unchangeable without the gateway's key. */
export abstract class Vault {
  /** Seals the text for one purpose; `purpose` names what it belongs to, so that a sealed text copied elsewhere does not open. */
  abstract seal(text: string, purpose: string): string;
  /** True when the text was sealed with the key that `seal` uses now. */
  abstract isCurrent(sealed: string): boolean;
  /** Throws `VaultError` when it was sealed with another key, for another purpose, or was changed. */
  abstract open(sealed: string, purpose: string): string;
}

/** A sealed text could not be opened. The message holds neither text nor key. */
export class VaultError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VaultError';
  }
}
