import { Injectable } from '@nestjs/common';
import { COMMAND_NAMES } from '#libs/contracts';
import { Config } from '../../config/config.js';
import { VERSION } from '../../version.js';
import { SchemaSet } from '../open-api/schema-set.js';
import { ackMessage, commandMessage, DOOR_NAMES, DOORS, EVENT_TYPES, messageNames, type Door } from './doors.js';
import { messagesOf } from './messages.js';

const INTRODUCTION =
  'The sockets of the gateway for AI agents. Commands go to the gateway and are acknowledged; events come from it, with the same names and bodies on ' +
  'every door. Stored events carry `seq`: 1, 2, 3 … per session, without gaps. Clients must ignore events and fields that they do not know.';

const SECURITY = {
  apiKey: { type: 'httpApiKey', in: 'header', name: 'X-API-Key', description: 'An API key; on Socket.IO also as `auth.apiKey`.' },
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a user\'s token (JWT); on Socket.IO as `auth.token`.' },
  ticket: { type: 'httpApiKey', in: 'query', name: 'ticket', description: 'A single-use ticket; on Socket.IO as `auth.ticket`.' },
};

/** The description of the sockets (AsyncAPI 3.0), made from the tables of commands and events that validate. */
@Injectable()
export class AsyncApiDocument {
  #json: string | null = null;

  constructor(private readonly config: Config) {}

  get json(): string {
    return (this.#json ??= JSON.stringify(this.#write()));
  }

  #write(): object {
    const schemas = new SchemaSet();
    const messages = messagesOf(schemas);
    return {
      asyncapi: '3.0.0',
      info: { title: 'Parley sockets', version: VERSION, description: INTRODUCTION, license: { name: 'MIT' } },
      defaultContentType: 'application/json',
      servers: { gateway: server(this.config.publicUrl) },
      channels: Object.fromEntries(DOOR_NAMES.map((door) => [door, channel(door)])),
      operations: Object.fromEntries(DOOR_NAMES.flatMap(operations)),
      components: { messages, schemas: schemas.components, securitySchemes: SECURITY },
    };
  }
}

const reference = (...path: string[]) => ({ $ref: `#/${path.join('/')}` });

function server(publicUrl: string): object {
  const { protocol, host } = new URL(publicUrl);
  const security = Object.keys(SECURITY).map((name) => reference('components', 'securitySchemes', name));
  return { host, protocol: protocol === 'https:' ? 'wss' : 'ws', description: 'This gateway.', security };
}

function channel(door: Door): object {
  const messages = Object.fromEntries(messageNames(door).map((name) => [name, reference('components', 'messages', name)]));
  return { ...DOORS[door], servers: [reference('servers', 'gateway')], messages };
}

function operations(door: Door): [string, object][] {
  const at = reference('channels', door);
  const message = (name: string) => reference('channels', door, 'messages', name);
  const commands = COMMAND_NAMES.map((name): [string, object] => [
    `${door}-${name}`,
    {
      action: 'receive',
      channel: at,
      summary: `The gateway takes ${name}.`,
      messages: [message(commandMessage(door, name))],
      reply: { channel: at, messages: [message(ackMessage(door, name))] },
    },
  ]);
  const events = { action: 'send', channel: at, summary: 'The gateway tells what happens.', messages: EVENT_TYPES.map(message) };
  return [...commands, [`${door}-events`, events]];
}
