import type { Page } from '#libs/contracts';
import type { BadCursor, PageRequest } from './sessions.js';

/** What operators register: agents, deployments of agents, issuers of users' tokens, and members of a tenant. */
export type RegistrationKind = 'agent' | 'deployment' | 'issuer' | 'member';

export interface Registration {
  readonly kind: RegistrationKind;
  readonly tenantId: string;
  readonly id: string;
  /** Unique among those of its kind in its tenant. */
  readonly name: string;
  /** The rest of it, as JSON. */
  readonly json: string;
}

/** What became of a registration that was to be added; where it is not `added`, nothing was written. */
export type Addition = 'added' | 'name_taken' | 'full';

/** Named things of a tenant that operators keep. Each change is one atomic step, on disk before its promise resolves. */
export abstract class Registrations {
  /** Adds it unless one of its kind has the name in its tenant, or the tenant has `atMost` of the kind; of many at once no more come in either. */
  abstract add(registration: Registration, atMost?: number): Promise<Addition>;
  /** Replaces its `json`; false when it is not there or, where `was` is told, when it says something else by now. */
  abstract change(kind: RegistrationKind, tenantId: string, id: string, json: string, was?: string): Promise<boolean>;
  abstract remove(kind: RegistrationKind, tenantId: string, id: string): Promise<boolean>;
  abstract find(kind: RegistrationKind, tenantId: string, id: string): Promise<Registration | null>;
  /** Newest first. */
  abstract list(kind: RegistrationKind, tenantId: string, page: PageRequest): Promise<Page<Registration> | BadCursor>;
  /** Those of all tenants. */
  abstract all(kind: RegistrationKind): Promise<readonly Registration[]>;
}
