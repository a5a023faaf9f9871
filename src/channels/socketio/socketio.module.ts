import { Module } from '@nestjs/common';
import { ChannelRegistry } from '../../gateway/channel-registry.js';
import { Problems } from '../problems.js';
import { Commands } from './commands.js';
import { Handshake } from './handshake.js';
import { SocketIoAdapter } from './socketio.adapter.js';
import { SocketIoChannel } from './socketio.channel.js';
import { SocketIoGateway } from './socketio.gateway.js';
import { Welcome } from './welcome.js';

/** The Socket.IO door. `SocketIoAdapter` is for `app.useWebSocketAdapter`, before the application is initialised. */
@Module({ providers: [SocketIoAdapter, SocketIoChannel, SocketIoGateway, Handshake, Welcome, Commands, Problems] })
export class SocketIoModule {
  constructor(registry: ChannelRegistry, channel: SocketIoChannel) {
    registry.register(channel);
  }
}
