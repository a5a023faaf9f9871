import { Module } from '@nestjs/common';
import { Commands } from './commands.js';
import { Handshake } from './handshake.js';
import { Problems } from './problems.js';
import { SocketIoChannel } from './socketio.channel.js';
import { SocketIoGateway } from './socketio.gateway.js';
import { Welcome } from './welcome.js';

/** The Socket.IO door. `SocketIoChannel` goes into the registry of channels, `SocketIoAdapter` to the application. */
@Module({
  providers: [SocketIoChannel, SocketIoGateway, Handshake, Welcome, Commands, Problems],
  exports: [SocketIoChannel],
})
export class SocketIoModule {}
