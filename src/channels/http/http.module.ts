import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE, HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { FailureError } from '#libs/contracts';
import { invalid } from '#libs/channel-sdk';
import { ChannelRegistry } from '../../gateway/channel-registry.js';
import { AccessLog } from './access-log.js';
import { ChatController } from './chat.controller.js';
import { HttpServer } from './http-server.js';
import { HttpChannel } from './http.channel.js';
import { KnownRoutes } from './known-routes.js';
import { MessageSender } from './message-sender.js';
import { MessagesController } from './messages.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { SessionEventsController } from './session-events.controller.js';
import { SessionsController } from './sessions.controller.js';

/** The door for REST and server-sent events, and for every other controller: its schemas are checked and its exceptions become problems. */
@Module({
  controllers: [MessagesController, ChatController, SessionEventsController, SessionsController],
  providers: [
    AccessLog,
    HttpChannel,
    MessageSender,
    { provide: KnownRoutes, inject: [HttpAdapterHost], useFactory: knownRoutes },
    { provide: APP_FILTER, useClass: ProblemFilter },
    {
      provide: APP_PIPE,
      useFactory: () => new StandardSchemaValidationPipe({ exceptionFactory: (issues) => new FailureError(invalid(issues)) }),
    },
  ],
})
export class HttpModule {
  constructor(registry: ChannelRegistry, channel: HttpChannel, access: AccessLog, { httpAdapter }: HttpAdapterHost) {
    registry.register(channel);
    const server: FastifyInstance = httpAdapter.getInstance();
    server.addHook('onResponse', (request, reply, done) => {
      access.note(request, reply);
      done();
    });
  }
}

function knownRoutes({ httpAdapter }: HttpAdapterHost): KnownRoutes {
  if (!(httpAdapter instanceof HttpServer)) throw new Error('The gateway must be created on its own HttpServer');
  return httpAdapter.routes;
}
