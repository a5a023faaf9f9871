import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT } from '#libs/contracts';
import { Clock, Tokens } from '#libs/ports';
import { Config } from '../config/config.js';
import { CliCredential } from './cli-credential.js';
import { LINK_CREDENTIAL } from './credential-status.js';
import { OperatorSignIns, type OpenedSession } from './operator-sign-ins.js';
import { digest, newSecret } from './secret.js';

const LIFETIME_MS = 3_600_000;

/** The link that signs the first operator in: admin of tenant `default`, valid for an hour, good once. */
@Injectable()
export class OneTimeLink {
  constructor(
    private readonly tokens: Tokens,
    private readonly signIns: OperatorSignIns,
    private readonly cliCredential: CliCredential,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** A link for a store that nobody used before, after `CliCredential.ensure`; null later, and where ADMIN_API_KEY is set. */
  async atFirstStart(): Promise<string | null> {
    const wanted = this.cliCredential.madeFirstKey && this.config.settings.ADMIN_API_KEY === undefined;
    return wanted ? this.print() : null;
  }

  /** `<publicUrl>/auth/link#<token>`; the token stands behind `#`, where no server or log sees it. Ends the link before. */
  async print(): Promise<string> {
    const token = newSecret();
    await this.tokens.revokeKind('link');
    await this.tokens.issue({
      kind: 'link',
      hash: digest(token),
      tenantId: DEFAULT_TENANT,
      credentialId: LINK_CREDENTIAL,
      payload: '{}',
      expiresAt: this.clock.now() + LIFETIME_MS,
    });
    return `${this.config.publicUrl}/auth/link#${token}`;
  }

  /** Opens a session for the holder of the token; null when it is unknown, used or past its time. */
  async redeem(token: string): Promise<OpenedSession | null> {
    const link = await this.tokens.redeem('link', digest(token), this.clock.now());
    if (link === null) return null;
    return this.signIns.open({
      tenantId: link.tenantId,
      operatorId: 'local',
      name: 'Operator of this machine',
      role: 'admin',
      scopes: null,
      credentialId: LINK_CREDENTIAL,
    });
  }
}
