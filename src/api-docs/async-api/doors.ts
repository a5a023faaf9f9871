import { COMMAND_NAMES, EVENTS, type CommandName, type EventType } from '#libs/contracts';

/** The sockets, as AsyncAPI calls them: channels. */
export const DOORS = {
  socketio: {
    address: '/socket.io/',
    title: 'Socket.IO',
    description:
      'Socket.IO protocol 4, namespace `/`, polling and websocket. The handshake authenticates: `auth: { apiKey }`, `{ ticket }` or `{ resume }`. ' +
      'The name of a command or event is the event name; answers come by the acknowledgement.',
  },
  websocket: {
    address: '/ws',
    title: 'WebSocket',
    description:
      'Plain WebSocket, subprotocol `parley.v1` or none. A text frame that begins with `{` is a command, its name in `type`; ' +
      'any other text frame is the content of a message. Answers carry the `ref` of their command.',
  },
} as const;
export type Door = keyof typeof DOORS;

export const DOOR_NAMES = Object.keys(DOORS) as Door[];
export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

/** Names under which a document keeps the messages of a door; events are the same on all. */
export const commandMessage = (door: Door, name: CommandName): string => `${door}-${name}`;
export const ackMessage = (door: Door, name: CommandName): string => `${door}-${name}-ack`;

/** Every message that passes through a door. */
export function messageNames(door: Door): string[] {
  return [...COMMAND_NAMES.flatMap((name) => [commandMessage(door, name), ackMessage(door, name)]), ...EVENT_TYPES];
}
