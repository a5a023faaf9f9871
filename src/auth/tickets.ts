import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure, type CreateTicket, type Principal, type Ticket } from '#libs/contracts';
import { reachOf } from '#libs/policy';
import { Clock, Sessions, Tokens } from '#libs/ports';
import { Audit } from '../audit/audit.js';
import { CredentialStatus } from './credential-status.js';
import { ExpiredSweep } from './expired-sweep.js';
import { digest, newSecret } from './secret.js';
import { USER_SCOPES } from './user-scopes.js';

const PayloadSchema = z.object({ userId: z.string(), sessionIds: z.array(z.string()).optional() });

/** Single-use tickets with which an end user comes in without ever holding a key. */
@Injectable()
export class Tickets {
  constructor(
    private readonly tokens: Tokens,
    private readonly sessions: Sessions,
    private readonly status: CredentialStatus,
    private readonly sweep: ExpiredSweep,
    private readonly clock: Clock,
    private readonly audit: Audit,
  ) {}

  /** Mints one; a session that neither the minter nor the user reaches is `not_found`. */
  async mint(minter: Principal, wish: CreateTicket): Promise<Outcome<Ticket>> {
    for (const sessionId of wish.sessionIds ?? []) {
      if (!(await this.mayNameSession(minter, wish.userId, sessionId))) {
        return refused(failure('not_found', 'One of the sessions does not exist.'));
      }
    }
    const ticket = `tk_${newSecret()}`;
    const expiresAt = this.clock.now() + wish.ttlSeconds * 1000;
    const after = { sessionIds: wish.sessionIds ?? null, expiresAt: new Date(expiresAt).toISOString() };
    await this.audit.record(minter, { action: 'ticket.mint', target: { kind: 'user', id: wish.userId }, after });
    await this.tokens.issue({
      kind: 'ticket',
      hash: digest(ticket),
      tenantId: minter.tenantId,
      credentialId: minter.credentialId,
      payload: JSON.stringify({ userId: wish.userId, sessionIds: wish.sessionIds }),
      expiresAt,
    });
    this.sweep.noteMade();
    return ok({ ticket, expiresAt: new Date(expiresAt).toISOString() });
  }

  /** The user that the ticket stands for; null when it is unknown, used, past its time or its key has ended. */
  async redeem(ticket: string): Promise<Principal | null> {
    const token = await this.tokens.redeem('ticket', digest(ticket), this.clock.now());
    if (token === null || (await this.status.endsAt(token.credentialId, token.tenantId)) === null) return null;
    const { userId, sessionIds } = PayloadSchema.parse(JSON.parse(token.payload));
    return {
      kind: 'user',
      id: userId,
      tenantId: token.tenantId,
      scopes: USER_SCOPES,
      ...(sessionIds === undefined ? {} : { sessionIds }),
      credentialId: token.credentialId,
    };
  }

  private async mayNameSession(minter: Principal, userId: string, sessionId: string): Promise<boolean> {
    const usersOwn = { tenantId: minter.tenantId, owner: { kind: 'user', id: userId } } as const;
    if ((await this.sessions.find(sessionId, usersOwn)) !== null) return true;
    const reach = reachOf(minter, 'read');
    return reach !== null && (await this.sessions.find(sessionId, reach)) !== null;
  }
}
