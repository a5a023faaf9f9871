import type { Store } from '../../../src/persistence/store.js';

export type { Store as PortedStore };

/** Opens an empty store, as an adapter does it for its conformance. */
export type OpenStore = () => Promise<Store>;
