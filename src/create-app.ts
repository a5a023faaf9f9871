import 'reflect-metadata';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { failure } from '#libs/contracts';
import { StoreControl, Tracing } from '#libs/ports';
import { OpenApiDocument } from './api-docs/open-api/open-api-document.js';
import { AppModule, type AppOptions } from './app.module.js';
import { KeyUses } from './auth/key-uses.js';
import { HttpServer } from './channels/http/http-server.js';
import type { ServerConnections } from './channels/http/server-connections.js';
import { SocketIoAdapter } from './channels/socketio/socketio.adapter.js';
import { Config, ConfigError } from './config/config.js';
import { makeDataDir } from './config/make-folder.js';
import { ChannelRegistry } from './gateway/channel-registry.js';
import { Drain } from './gateway/drain.js';
import { Opening } from './gateway/opening.js';
import { OutboxWorker } from './gateway/outbox-worker.js';
import { CrashLoopBreaker } from './health/crash-loop/crash-loop-breaker.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { Log } from './observability/log.js';
import { freePort } from './runtime/free-port.js';
import { UuidGenerator } from './runtime/uuid-generator.js';

/** A wait that fills its budget ends this much before it, so that it is not cut. */
const JUST_BEFORE_MS = 20;
/** On connections that are kept alive the next request may begin after the server was told to close. */
const LOOK_EVERY_MS = 50;
/** How long sockets may take to go when all doors are closed. */
const GOING_MS = 2000;

/** Builds the gateway and takes up what an earlier process left behind; no door is open yet. */
export async function createApp(config: Config, options: AppOptions = {}): Promise<NestFastifyApplication> {
  makeDataDir(config.settings.DATA_DIR);
  await choosePort(config);
  const server = new HttpServer(config, new UuidGenerator());
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config, await openStore(config), options), server, {
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Log));
  app.useWebSocketAdapter(app.get(SocketIoAdapter));
  await app.init();
  app.get(OpenApiDocument).describe(app);
  const breaker = app.get(CrashLoopBreaker);
  breaker.begin(options.starts ?? null);
  if (!breaker.tripped) await app.get(Opening).takeUp();
  registerShutdown(app, server.serverConnections());
  return app;
}

/** With `PORT=0` before turns are taken up: one that ends then keeps the address in its problem. */
async function choosePort(config: Config): Promise<void> {
  const { HOST, PORT, PUBLIC_URL } = config.settings;
  const port = PORT === 0 && PUBLIC_URL === undefined ? await freePort(HOST) : null;
  if (port !== null) config.listensOn(port);
}

/** The store behind the ports; only the one that is used is loaded. */
async function openStore(config: Config): Promise<DynamicModule> {
  if (config.settings.DATABASE_URL === undefined) {
    const { SqliteModule } = await import('./persistence/sqlite/sqlite.module.js');
    return SqliteModule.open(config);
  }
  const { PostgresModule } = await import('./persistence/postgres/postgres.module.js');
  return PostgresModule.open(config.settings.DATABASE_URL);
}

/**
 * Opens the doors, unless a crash loop keeps them closed. Returns the address that clients are told; throws `ConfigError` for one that cannot be listened on,
 * before a turn has begun: a start that is tried again and again must not use up the attempts of turns.
 */
export async function listen(app: NestFastifyApplication, config: Config): Promise<string> {
  const opening = app.get(Opening);
  const { tripped } = app.get(CrashLoopBreaker);
  if (!tripped) await opening.startChannels();
  await bind(app, config);
  if (!tripped) await opening.begin();
  return config.publicUrl;
}

const CANNOT_LISTEN: Readonly<Record<string, string>> = {
  EADDRINUSE: 'PORT: another program listens there; stop it, or set another PORT',
  EACCES: 'PORT: this user may not listen there; set a PORT from 1024 on',
  EADDRNOTAVAIL: 'HOST: this machine has no such address',
  ENOTFOUND: 'HOST: no such name',
  EAI_AGAIN: 'HOST: the name cannot be looked up now',
};

/** Past Nest's own `listen`, which would log the failure besides, with words that do not name the setting. A chosen port that was taken meanwhile gives way. */
async function bind(app: NestFastifyApplication, config: Config): Promise<void> {
  const { HOST: host, PORT } = config.settings;
  const http = app.getHttpAdapter().getInstance();
  try {
    await http.listen({ port: config.port, host }).catch((error: unknown) => {
      if (codeOf(error) !== 'EADDRINUSE' || config.port === PORT) throw error;
      return http.listen({ port: PORT, host });
    });
  } catch (error) {
    const line = CANNOT_LISTEN[codeOf(error)];
    throw line === undefined ? error : new ConfigError([line]);
  }
  const address = httpServer(app).address();
  if (address !== null && typeof address === 'object') config.listensOn(address.port);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The shutdown as one list, in the order in which it happens. */
function registerShutdown(app: NestFastifyApplication, connections: ServerConnections): void {
  const lifecycle = app.get(Lifecycle);
  lifecycle.register('pre-drain', { name: 'stay reachable while not ready', run: (_deadline, budgetMs) => delay(Math.max(0, budgetMs - JUST_BEFORE_MS)) });
  lifecycle.register('drain', { name: 'turns end or go back', run: (deadline) => app.get(Drain).run(deadline) });
  lifecycle.register('drain', { name: 'requests that came in part are refused', run: () => connections.letGoUnasked() });
  lifecycle.register('cleanup', { name: 'deliveries under way end', run: (deadline) => app.get(OutboxWorker).stop(deadline) });
  lifecycle.register('cleanup', {
    name: 'doors close',
    run: (deadline) => app.get(ChannelRegistry).stopAll(failure('shutting_down', 'the gateway is shutting down', { retryAfterMs: 2000 }), deadline),
  });
  lifecycle.register('cleanup', { name: 'HTTP server closes', run: (deadline) => closeServer(httpServer(app), connections, deadline) });
  lifecycle.register('final', { name: 'uses of keys are noted', run: () => app.get(KeyUses).flush() });
  lifecycle.register('final', { name: 'store closes', run: () => app.get(StoreControl).close() });
  const tracing = app.get(Tracing);
  if (tracing.on) lifecycle.register('final', { name: 'spans are sent', run: (deadline) => tracing.flush(deadline) });
}

function httpServer(app: NestFastifyApplication): Server {
  return app.getHttpServer();
}

/** Requests under way may end; what is left at the deadline is cut. */
async function closeServer(server: Server, connections: ServerConnections, deadline: AbortSignal): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close').then(() => true);
  server.close();
  const cut = () => {
    server.closeAllConnections();
    connections.cutUpgraded();
  };
  if (deadline.aborted) cut();
  else deadline.addEventListener('abort', cut, { once: true });
  const doorless = setTimeout(() => connections.cutUpgraded(), GOING_MS);
  do connections.letGoUnasked();
  while (!(await Promise.race([closed, delay(LOOK_EVERY_MS, false)])));
  clearTimeout(doorless);
}
