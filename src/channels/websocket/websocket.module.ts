import { Module } from '@nestjs/common';
import { ChannelRegistry } from '../../gateway/channel-registry.js';
import { Problems } from '../problems.js';
import { Handshake } from './handshake.js';
import { UpgradeDoor } from './upgrade-door.js';
import { UpgradeRefusal } from './upgrade-refusal.js';
import { WebsocketChannel } from './websocket.channel.js';

/** The door `/ws`. */
@Module({ providers: [WebsocketChannel, Handshake, Problems, UpgradeDoor, UpgradeRefusal] })
export class WebsocketModule {
  constructor(registry: ChannelRegistry, channel: WebsocketChannel) {
    registry.register(channel);
  }
}
