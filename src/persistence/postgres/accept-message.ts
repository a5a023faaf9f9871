import { failure, isId, type TurnState } from '#libs/contracts';
import type { AcceptOutcome, AcceptRequest, Started } from '#libs/ports';
import { messageAccepted } from '../turn-facts.js';
import { fromJsonText, toJsonText } from './json-text.js';
import { reachJson } from './reach-json.js';
import type { StepCall } from './step-writer.js';
import { contextOf } from '../turn-context.js';
import { turnStartedFrame } from './turn-start.js';
import { numberFact, writeFact, type WrittenFact } from './written-fact.js';

/** What `accept_message` answers. */
export type AcceptAnswer =
  | { readonly kind: 'not_found' | 'refused' }
  | { readonly kind: 'accepted'; readonly seq: number; readonly agent: string; readonly started: string | null }
  | {
      readonly kind: 'claimed';
      readonly turnId: string;
      readonly messageId: string;
      readonly sessionId: string;
      readonly seq: number;
      readonly status: TurnState;
      readonly fingerprint: string | null;
      readonly sessionNamed: boolean;
    };

/** `Inbox.accept`: what is asked of the database, and its answer in the words of the port. */
export class AcceptMessage {
  readonly #request: AcceptRequest;
  readonly #fact: WrittenFact;

  constructor(request: AcceptRequest) {
    this.#request = request;
    this.#fact = writeFact(messageAccepted(request));
  }

  get call(): StepCall {
    const { reach, author, ids, sessionId, clientId, fingerprint, agent, defaultAgent, start, at } = this.#request;
    return {
      step: 'accept',
      reach: reachJson(reach),
      tenantId: reach.tenantId,
      authorKind: author.kind,
      authorId: toJsonText(author.id),
      newSessionId: ids.session,
      messageId: ids.message,
      turnId: ids.turn,
      ...(sessionId === undefined ? {} : { sessionId: isId(sessionId) ? sessionId : '' }),
      ...(clientId === undefined ? {} : { clientId: toJsonText(clientId), fingerprint }),
      ...(agent === undefined ? {} : { agent: toJsonText(agent) }),
      defaultAgent: toJsonText(defaultAgent),
      refused: this.#refusal !== undefined,
      start,
      at,
      context: JSON.stringify(contextOf(this.#request)),
      fact: this.#fact,
    };
  }

  outcome(answer: AcceptAnswer): AcceptOutcome {
    switch (answer.kind) {
      case 'claimed':
        return this.#answerAgain(answer);
      case 'accepted':
        return this.#accepted(answer);
      case 'refused':
      case 'not_found': {
        const refusal = answer.kind === 'refused' ? this.#refusal : undefined;
        return { kind: 'refused', failure: refusal ?? failure('not_found', 'no such session') };
      }
    }
  }

  get #refusal() {
    const { sessionId, reach, refusal } = this.#request;
    if (sessionId === undefined && reach.sessionIds !== undefined) {
      return failure('permission_denied', 'this ticket is good for its sessions only; name one of them');
    }
    return refusal;
  }

  #answerAgain(claim: Extract<AcceptAnswer, { kind: 'claimed' }>): AcceptOutcome {
    const { reach, sessionId: named, fingerprint } = this.#request;
    const { messageId, turnId, sessionId, seq, status } = claim;
    const sameSession = named === undefined || !claim.sessionNamed || named === sessionId;
    const visible = reach.sessionIds === undefined || reach.sessionIds.includes(sessionId);
    if (claim.fingerprint !== (fingerprint ?? null) || !sameSession || !visible) {
      return { kind: 'refused', failure: failure('idempotency_conflict', 'this id was used for another message') };
    }
    return { kind: 'duplicate', accepted: { messageId, turnId, sessionId, seq, duplicate: true, status } };
  }

  #accepted({ seq, agent, started }: Extract<AcceptAnswer, { kind: 'accepted' }>): AcceptOutcome {
    const { ids, sessionId = ids.session } = this.#request;
    return {
      kind: 'accepted',
      accepted: { messageId: ids.message, turnId: ids.turn, sessionId, seq, duplicate: false, status: 'queued' },
      frames: [numberFact(this.#fact, sessionId, seq)],
      started: started === null ? null : this.#started(sessionId, seq, fromJsonText(agent), started),
    };
  }

  #started(sessionId: string, acceptedSeq: number, agent: string, json: string): Started {
    const { ids, reach, author, channel, content, at } = this.#request;
    const turn = {
      turnId: ids.turn,
      sessionId,
      attempt: 1,
      tenantId: reach.tenantId,
      messageId: ids.message,
      author: { kind: author.kind, id: author.id },
      agent,
      channel,
      content,
      ...contextOf(this.#request),
      acceptedSeq,
      acceptedAt: at,
      startedAt: at,
      checkpoint: null,
    };
    return { turn, frames: [turnStartedFrame(ids.turn, sessionId, acceptedSeq + 1, json)] };
  }
}
