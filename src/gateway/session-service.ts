import { Injectable } from '@nestjs/common';
import { failure, isId, type CreateSession, type Page, type Principal, type Session, type UpdateSession } from '#libs/contracts';
import { BAD_CURSOR, ok, refused, type Outcome } from '#libs/channel-sdk';
import { reachOf } from '#libs/policy';
import { Clock, IdGenerator, Sessions, type PageRequest, type Reach, type SessionFilter } from '#libs/ports';
import { Audit } from '../audit/audit.js';
import { OrchestratorService } from '../orchestrator/orchestrator.service.js';
import { SessionEraser } from './session-eraser.js';

const NO_SESSION = refused(failure('not_found', 'no such session'));
const NO_AGENT = refused(failure('not_found', 'no such agent'));
const NO_SCOPE = refused(failure('permission_denied', 'the scope messages or sessions:read, sessions:write is needed'));

/** Conversations as resources: made, found, listed, changed, deleted. */
@Injectable()
export class SessionService {
  constructor(
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
    private readonly sessions: Sessions,
    private readonly orchestrator: OrchestratorService,
    private readonly eraser: SessionEraser,
    private readonly audit: Audit,
  ) {}

  async create(principal: Principal, { title, agent, metadata }: CreateSession): Promise<Outcome<Session>> {
    const reach = reachOf(principal, 'write');
    if (reach === null || reach.sessionIds !== undefined) return NO_SCOPE;
    if (!this.#knows(agent, reach)) return NO_AGENT;
    const session = await this.sessions.create({
      id: this.ids.next(),
      tenantId: principal.tenantId,
      owner: { kind: principal.kind, id: principal.id },
      agent: agent ?? this.orchestrator.defaultAgent,
      metadata: metadata ?? {},
      at: this.clock.now(),
      ...(title === undefined ? {} : { title }),
    });
    return ok(session);
  }

  async get(principal: Principal, id: string): Promise<Outcome<Session>> {
    const reach = reachOf(principal, 'read');
    if (reach === null) return NO_SCOPE;
    const session = await this.sessions.find(id, reach);
    return session === null ? NO_SESSION : ok(session);
  }

  async list(principal: Principal, page: PageRequest, filter?: SessionFilter): Promise<Outcome<Page<Session>>> {
    const reach = reachOf(principal, 'read');
    if (reach === null) return NO_SCOPE;
    const named = filter?.text !== undefined && isId(filter.text) ? await this.sessions.find(filter.text, reach) : null;
    if (named !== null && filter !== undefined) return ok({ items: fits(named, filter) ? [named] : [], nextCursor: null });
    const sessions = await this.sessions.list(reach, page, filter);
    return sessions === 'bad_cursor' ? refused(BAD_CURSOR) : ok(sessions);
  }

  async update(principal: Principal, id: string, change: UpdateSession): Promise<Outcome<Session>> {
    const reach = reachOf(principal, 'write');
    if (reach === null) return NO_SCOPE;
    if (!this.#knows(change.agent, reach)) return NO_AGENT;
    const session = await this.sessions.update(id, reach, change, this.clock.now());
    return session === null ? NO_SESSION : ok(session);
  }

  async delete(principal: Principal, id: string): Promise<Outcome<null>> {
    const reach = reachOf(principal, 'write');
    if (reach === null) return NO_SCOPE;
    const before = await this.sessions.find(id, reach);
    if (before === null) return NO_SESSION;
    const { owner, agent, lastSeq, createdAt } = before;
    const act = { action: 'session.delete', target: { kind: 'session', id }, before: { owner, agent, lastSeq, createdAt } };
    if (!(await this.audit.change(principal, act, () => this.sessions.close(id, reach)))) return NO_SESSION;
    await this.eraser.erase(id, reach.tenantId, { kind: principal.kind, id: principal.id });
    return ok(null);
  }

  #knows(agent: string | undefined, reach: Reach): boolean {
    return agent === undefined || this.orchestrator.knows(agent, reach.tenantId);
  }
}

function fits({ agent, owner }: Session, wanted: SessionFilter): boolean {
  if (wanted.agent !== undefined && wanted.agent !== agent) return false;
  return wanted.owner === undefined || (wanted.owner.kind === owner.kind && wanted.owner.id === owner.id);
}
