import fc from 'fast-check';

/** Keys that mean something to JavaScript, to Socket.IO or to us where they should mean nothing. */
const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'length', 'type', 'ref', 'id', '_placeholder', 'num', '', '0'];

const COMMANDS = ['send-message', 'cancel-turn', 'join-session', 'leave-session', 'watch-gateway', 'unwatch-gateway', 'resolve-approval'];
const RESERVED = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener', 'error', 'ping', 'message', '__proto__', 'constructor'];

const hostileKey = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...KEYS) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) });

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', '\u0000', '\ud800', '/echo hello', '/help', 'true', 'null', '-1', '1e999', '../../etc/passwd', "' OR 1=1 --", '%00', '${7*7}', '{{7*7}}'),
);

const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, false, -0, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e308, -1),
);

/** Any JSON value as text, hostile keys included: an object literal would lose `__proto__`. */
const hostileJson: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf.map((value) => JSON.stringify(value) ?? 'null'),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc.array(fc.tuple(hostileKey, tie('value')), { maxLength: 4 }).map((fields) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
  ),
})).value;

const idText = fc.oneof(fc.uuid({ version: 7 }), fc.uuid({ version: 4 }), text, fc.constantFrom('00000000-0000-7000-8000-000000000000', '*', 'null'));
const idJson = idText.map((id) => JSON.stringify(id));

const soundContent = fc.oneof(
  text.map((value) => JSON.stringify(`/echo ${value}`)),
  fc.constant('[{"type":"text","text":"hello"}]'),
  fc.constant('[{"type":"file","url":"https://example.com/a.png","mediaType":"image/png"}]'),
);

const FIELDS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  id: idJson,
  sessionId: idJson,
  content: soundContent,
  agent: fc.constantFrom('"concierge"', '"nobody"', '""'),
  projectIds: fc.constantFrom('["a"]', '[]', '[""]', '"a"'),
  metadata: fc.constantFrom('{"a":"b"}', '{"a":1}', '{"__proto__":"x"}', '[]'),
  turnId: idJson,
  messageId: idJson,
  events: fc.constantFrom('true', 'false', '1', 'null'),
  after: fc.constantFrom('0', '1', '-1', '1.5', '9007199254740993', '"0"', 'null'),
  title: text.map((value) => JSON.stringify(value)),
  userId: text.map((value) => JSON.stringify(value)),
  ttlSeconds: fc.constantFrom('1', '0', '301', '"60"', '1e9'),
  apiKey: text.map((value) => JSON.stringify(value)),
};

/** An object of our own fields, each sound or not, with a foreign one now and then. */
const nearlySound: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...Object.keys(FIELDS)).chain((name) => fc.tuple(fc.constant(name), FIELDS[name] ?? hostileJson)) },
      { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(FIELDS)), hostileJson) },
      { weight: 1, arbitrary: fc.tuple(hostileKey, hostileJson) },
    ),
    { maxLength: 5 },
  )
  .map((fields) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`);

const soundMessage = fc.tuple(soundContent).map(([content]) => `{"content":${content}}`);

const tooDeep = fc.tuple(fc.integer({ min: 10, max: 20_000 }), fc.constantFrom('[', '{"a":')).map(([depth, open]) => open.repeat(depth));

const broken = fc.tuple(fc.oneof(nearlySound, hostileJson), fc.nat(80)).map(([json, cut]) => json.slice(0, Math.max(0, json.length - 1 - cut)));

const tooLarge = fc.integer({ min: 60_000, max: 140_000 }).map((length) => `{"content":"${'x'.repeat(length)}"}`);

/** A body as somebody careless or hostile sends it. */
export const body: fc.Arbitrary<string> = fc.oneof(
  { weight: 40, arbitrary: nearlySound },
  { weight: 20, arbitrary: hostileJson },
  { weight: 15, arbitrary: broken },
  { weight: 10, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 10, arbitrary: soundMessage },
  { weight: 3, arbitrary: tooDeep },
  { weight: 1, arbitrary: tooLarge },
);

const headerValue = fc.string({ unit: fc.constantFrom(...'abcXYZ019 ,;=-_/*"\'()<>@[]{}?\u00e9'), maxLength: 40 });

const path = fc.oneof(
  fc.constantFrom('/api/v1/messages', '/api/v1/chat/stream', '/api/v1/sessions', '/api/v1/keys', '/api/v1/tickets', '/api/v1/channels', '/health', '/health/ready', '/health/live', '/auth/me', '/auth/api-key', '/auth/link', '/playground', '/', '/docs', '/openapi.json'),
  fc
    .tuple(fc.constantFrom('messages', 'sessions', 'keys', 'channels'), idText, fc.constantFrom('', '/messages', '/events', '/cancel', '/rotate', '/trace', '/stop', '/x'))
    // A door that is stopped would refuse what comes after.
    .filter(([kind, , what]) => !(kind === 'channels' && what === '/stop'))
    .map(([kind, id, what]) => `/api/v1/${kind}/${encodeURIComponent(id.toWellFormed())}${what}`),
  fc.string({ unit: fc.constantFrom(...'abc/.%-_~:@!$&()*+,;=09'), maxLength: 40 }).map((rest) => `/${rest}`),
);

const query = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom('limit', 'cursor', 'after', 'ticket', 'returnTo', '__proto__', 'a[b]', 'limit[]'), text), { maxLength: 3 })
      .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('?%', '?limit=%FF', '?&&&==', '?limit=1&limit=2') },
);

export interface HostileRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly authenticated: boolean;
}

const headers = fc
  .array(
    fc.tuple(
      fc.constantFrom('idempotency-key', 'prefer', 'last-event-id', 'accept', 'x-request-id', 'traceparent', 'content-encoding', 'origin', 'cookie', 'x-api-key', 'authorization', 'x-forwarded-for', 'range', 'if-none-match', 'x-http-method-override'),
      fc.oneof(headerValue, fc.constantFrom('wait=0', 'wait=-1', 'wait=99999', 'wait=x', 'wait=1, wait=2', 'gzip', 'text/event-stream', '0', '-1', '1e9', 'Bearer', 'Bearer pk_', 'null')),
    ),
    { maxLength: 3 },
  )
  .map((pairs) => Object.fromEntries(pairs));

const contentType = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/json') },
  { weight: 2, arbitrary: fc.constantFrom('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'application/problem+json', 'x', '') },
);

/** Requests to any route, sound ones among them. */
export const request: fc.Arbitrary<HostileRequest> = fc
  .tuple(fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PATCH', 'DELETE', 'PUT', 'HEAD', 'OPTIONS'), path, query, headers, contentType, body, fc.integer({ min: 0, max: 9 }))
  .map(([method, pathname, search, extra, type, text_, dice]) => ({
    method,
    target: pathname + search,
    headers: { ...(type === '' ? {} : { 'content-type': type }), ...extra },
    body: method === 'GET' || method === 'HEAD' ? null : text_.toWellFormed(),
    authenticated: dice > 0,
  }));

/** Requests for server-sent events only. */
export const streamRequest: fc.Arbitrary<HostileRequest> = fc
  .tuple(fc.boolean(), idText, query, headers, body)
  .map(([chat, id, search, extra, text_]) => ({
    method: chat ? 'POST' : 'GET',
    target: chat ? `/api/v1/chat/stream${search}` : `/api/v1/sessions/${encodeURIComponent(id.toWellFormed())}/events${search}`,
    headers: { ...(chat ? { 'content-type': 'application/json' } : {}), ...extra },
    body: chat ? text_.toWellFormed() : null,
    authenticated: true,
  }));

const commandName = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...COMMANDS) }, { weight: 2, arbitrary: fc.constantFrom(...RESERVED) }, { weight: 1, arbitrary: text });

/** Frames of the plain WebSocket: commands, broken commands, bare text. */
export const frame: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(commandName, fc.oneof(nearlySound, soundMessage), fc.boolean())
      .map(([name, payload, withRef]) => `{"type":${JSON.stringify(name)}${withRef ? ',"ref":"r"' : ''}${payload === '{}' ? '' : `,${payload.slice(1, -1)}`}}`),
  },
  { weight: 3, arbitrary: body },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);

/** Engine.IO packets as text, most of them Socket.IO events: sound, half, with placeholders that nothing fills. */
export const packet: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc
      .tuple(fc.oneof(fc.constant(''), fc.nat(99_999).map(String)), commandName, fc.array(fc.oneof(nearlySound, soundMessage, hostileJson), { maxLength: 2 }))
      .map(([ack, name, args]) => `42${ack}${JSON.stringify([name]).slice(0, -1)}${args.map((arg) => `,${arg}`).join('')}]`),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('40', '42', '43', '44', '45', '46', '451-', '452-', '2', '3', '1', '5', '6', '4', '49', '42/admin,', '40/admin,'), body).map(([head, rest]) => head + rest) },
  { weight: 1, arbitrary: fc.constantFrom('451-["send-message",{"content":{"_placeholder":true,"num":0}}]', '451-["send-message",{"_placeholder":true,"num":-1}]', '45999999-["x"]', '42[]', '42[null]', '42[{}]', '42', '4299999999999999999999["send-message",{}]', '43[1]', '431[]') },
  { weight: 1, arbitrary: body },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);

/** Bytes on a bare TCP connection: half requests, lies about lengths, broken upgrades. */
export const bytes: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'OPTIONS', 'BREW', 'get', ''),
    fc.oneof(path, fc.constantFrom('/ws', '/ws?ticket=x', '/socket.io/?EIO=4&transport=websocket', '/socket.io/?EIO=4&transport=polling&sid=x', '/socket.io/?EIO=3&transport=polling', '/socket.io/?EIO=4&transport=__proto__', '*', 'http://elsewhere/', '//', '/ws/x')),
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/9.9', ''),
    fc.array(
      fc.constantFrom(
        'Host: localhost',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Upgrade: h2c',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Version: 99',
        'Sec-WebSocket-Key: x',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol: parley.v1',
        'Sec-WebSocket-Protocol: other',
        'Content-Length: 5',
        'Content-Length: -5',
        'Content-Length: 999999999999',
        'Transfer-Encoding: chunked',
        'Expect: 100-continue',
        'Origin: https://elsewhere.example',
        'Authorization: Bearer an-admin-key-for-tests-only-0123456789',
        'X-Api-Key: \u00ff',
        'no colon',
        ': no name',
      ),
      { maxLength: 7 },
    ),
    fc.oneof(body, fc.constant('5\r\nhello\r\n'), fc.constant('ZZ\r\n')),
    fc.nat(400),
  )
  .map(([method, target, version, lines, rest, cut]) => {
    const whole = `${method} ${target} ${version}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${rest}`;
    return cut < 200 ? whole.slice(0, cut) : whole;
  });
