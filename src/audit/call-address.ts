import { AsyncLocalStorage } from 'node:async_hooks';

const addresses = new AsyncLocalStorage<string>();

/** Runs `work`, and what it awaits, as done for a caller at this address. */
export function calledFrom(address: string, work: () => void): void {
  addresses.run(address, work);
}

/** Where the call that is being served came from; null when it did not come from a network. */
export function callAddress(): string | null {
  return addresses.getStore() ?? null;
}
