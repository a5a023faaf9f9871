import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { TOKEN_ALGORITHMS } from '#libs/contracts';
import { Clock, Registrations, type Registration } from '#libs/ports';

/** How long what was read may be older than the store: a change by another process holds within it. */
const READ_AGAIN_MS = 1000;

const StoredSchema = z.object({
  issuer: z.string(),
  audience: z.string(),
  jwksUrl: z.string().nullable(),
  algorithms: z.array(z.enum(TOKEN_ALGORITHMS)),
  userIdClaim: z.string(),
  userIdPrefix: z.string(),
  sessionsClaim: z.string().nullable(),
  createdAt: z.int(),
});

/** Somebody whose tokens a tenant believes. */
export interface TrustedIssuer extends z.infer<typeof StoredSchema> {
  readonly id: string;
  readonly tenantId: string;
}

/** The issuers of all tenants. Read from the store at most once a second while tokens are shown, and never while none are. */
@Injectable()
export class TrustedIssuers {
  private known: { readonly at: number; readonly issuers: Promise<readonly TrustedIssuer[]> } | null = null;

  constructor(
    private readonly registrations: Registrations,
    private readonly clock: Clock,
  ) {}

  /** Those whose tokens have this `iss` and one of these `aud`. Who believes a token must be one tenant, so more than one is nobody. */
  async matching(issuer: string, audiences: readonly string[]): Promise<readonly TrustedIssuer[]> {
    const all = await this.all();
    return all.filter((one) => one.issuer === issuer && audiences.includes(one.audience));
  }

  async isTrusted(id: string, tenantId: string): Promise<boolean> {
    return (await this.registrations.find('issuer', tenantId, id)) !== null;
  }

  /** As `isTrusted`, by what was read within the last second. */
  async wasTrustedJustNow(id: string): Promise<boolean> {
    return (await this.all()).some((one) => one.id === id);
  }

  /** Called after each change of this process. */
  forget(): void {
    this.known = null;
  }

  private all(): Promise<readonly TrustedIssuer[]> {
    const now = this.clock.now();
    if (this.known === null || now - this.known.at >= READ_AGAIN_MS) {
      const issuers = this.registrations.all('issuer').then((rows) => rows.map(toTrustedIssuer));
      const known = { at: now, issuers };
      this.known = known;
      issuers.catch(() => {
        if (this.known === known) this.known = null;
      });
    }
    return this.known.issuers;
  }
}

export function toTrustedIssuer({ id, tenantId, json }: Registration): TrustedIssuer {
  return { id, tenantId, ...StoredSchema.parse(JSON.parse(json)) };
}

/** Two registrations of one name would be two tenants that believe the same token. */
export function toRegistration({ id, tenantId, ...stored }: TrustedIssuer): Registration {
  return { kind: 'issuer', tenantId, id, name: JSON.stringify([stored.issuer, stored.audience]), json: JSON.stringify(stored) };
}
