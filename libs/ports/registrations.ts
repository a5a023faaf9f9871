import type { Page } from '#libs/contracts';
import type { BadCursor, PageRequest } from './sessions.js';

/** What operators register: agents, and deployments of agents. */
export type RegistrationKind = 'agent' | 'deployment';

export interface Registration {
  readonly kind: RegistrationKind;
  readonly tenantId: string;
  readonly id: string;
  /** Unique among those of its kind in its tenant. */
  readonly name: string;
  /** The rest of it, as JSON. */
  readonly json: string;
}

/** Named things of a tenant that operators keep. Each change is one atomic step, on disk before its promise resolves. */
export abstract class Registrations {
  /** False when one of this kind has the name in this tenant; then nothing is written. */
  abstract add(registration: Registration): Promise<boolean>;
  /** Replaces its `json`; false when it is not there. */
  abstract change(kind: RegistrationKind, tenantId: string, id: string, json: string): Promise<boolean>;
  abstract remove(kind: RegistrationKind, tenantId: string, id: string): Promise<boolean>;
  /** Newest first. */
  abstract list(kind: RegistrationKind, tenantId: string, page: PageRequest): Promise<Page<Registration> | BadCursor>;
  /** Those of all tenants. */
  abstract all(kind: RegistrationKind): Promise<readonly Registration[]>;
}
