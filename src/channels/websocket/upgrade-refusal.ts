import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERRORS, toProblem, type Failure } from '#libs/contracts';
import { IdGenerator } from '#libs/ports';
import { peerAddress } from '../../audit/peer-address.js';
import { RefusalCounts } from '../../audit/refusal-counts.js';
import { Config } from '../../config/config.js';
import { answerOnSocket } from '../bare-answer.js';
import { requestId } from '../request-id.js';

/** Answers an upgrade that is not granted: status and problem, under the request's own id. */
@Injectable()
export class UpgradeRefusal {
  constructor(
    private readonly config: Config,
    private readonly ids: IdGenerator,
    private readonly refusals: RefusalCounts,
  ) {}

  answer(socket: Duplex, request: IncomingMessage, told: Failure, id = requestId(request.headers, this.ids)): void {
    this.refusals.note(peerAddress(request, this.config.settings.TRUST_PROXY), ERRORS[told.code].status, null);
    answerOnSocket(socket, toProblem(told, this.config.publicUrl, id), request);
  }
}
