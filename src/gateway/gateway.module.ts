import { Global, Module } from '@nestjs/common';
import { Gateway, UnsentBudget } from '#libs/channel-sdk';
import { TurnsAtOnce } from '../throttling/turns-at-once.js';
import { AgentHealth } from './agent-health.js';
import { Cancellation } from './cancellation.js';
import { ChannelRegistry } from './channel-registry.js';
import { Conductor } from './conductor.js';
import { Connections } from './connections.js';
import { DeliverySpans } from './delivery-spans.js';
import { DoorsState } from './doors-state.js';
import { Drain } from './drain.js';
import { Egress } from './egress.js';
import { GatewayService } from './gateway.service.js';
import { Hub } from './hub.js';
import { Ingress } from './ingress.js';
import { Joins } from './joins.js';
import { OpenTurns } from './open-turns.js';
import { Opening } from './opening.js';
import { OutboxSender } from './outbox-sender.js';
import { OutboxWorker } from './outbox-worker.js';
import { Readings } from './readings.js';
import { Recovery } from './recovery.js';
import { SessionEraser } from './session-eraser.js';
import { SessionQueue } from './session-queue.js';
import { SessionService } from './session-service.js';
import { TurnEndings } from './turn-endings.js';
import { TurnNotices } from './turn-notices.js';
import { LostCalls } from './lost-calls.js';
import { TurnReclaimer } from './turn-reclaimer.js';
import { TurnKeeper } from './turn-keeper.js';
import { TurnRequests } from './turn-requests.js';

/** In the order in which a message meets them. */
@Global()
@Module({
  providers: [
    { provide: Gateway, useExisting: GatewayService },
    GatewayService,
    Ingress,
    DoorsState,
    SessionQueue,
    Conductor,
    TurnKeeper,
    TurnEndings,
    TurnNotices,
    TurnRequests,
    AgentHealth,
    TurnReclaimer,
    LostCalls,
    Egress,
    UnsentBudget,
    Hub,
    Joins,
    Cancellation,
    Readings,
    SessionService,
    SessionEraser,
    OpenTurns,
    ChannelRegistry,
    Connections,
    OutboxSender,
    DeliverySpans,
    OutboxWorker,
    Recovery,
    Opening,
    Drain,
  ],
  exports: [UnsentBudget, DoorsState, Opening, TurnNotices, AgentHealth, Gateway, ChannelRegistry, Connections, SessionQueue, Recovery, Drain, OutboxSender, OutboxWorker],
})
export class GatewayModule {
  constructor(notices: TurnNotices, turns: TurnsAtOnce, requests: TurnRequests) {
    notices.listen({
      ended: ({ turnId }) => {
        turns.leave(turnId);
        requests.forget(turnId);
      },
    });
  }
}
