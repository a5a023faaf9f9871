import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '#libs/contracts';
import { may } from '#libs/policy';
import { Routes } from '../../src/api-docs/open-api/routes.js';
import { permissionMatrix } from '../../src/api-docs/permission-matrix.js';
import { AppModule } from '../../src/app.module.js';
import { HttpServer } from '../../src/channels/http/http-server.js';
import { KnownRoutes } from '../../src/channels/http/known-routes.js';
import { SocketIoAdapter } from '../../src/channels/socketio/socketio.adapter.js';
import { readConfig } from '../../src/config/config.js';
import { Lifecycle } from '../../src/lifecycle/lifecycle.js';
import { MemoryModule } from '../../src/persistence/memory/memory.module.js';
import { UuidGenerator } from '../../src/runtime/uuid-generator.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from '../auth/caller.js';

/** Routes that are served, and of which no handler says who may call them. */
async function undeclared(app: NestFastifyApplication): Promise<string[]> {
  const routes = await app.get(Routes).of(app);
  const declared = new Set(
    routes
      .filter((route) => route.access !== null)
      .map((route) => `${route.method.toUpperCase()} ${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const answers = ({ method }: { method: string }) => method !== 'HEAD' && method !== 'OPTIONS';
  return app
    .get(KnownRoutes)
    .list()
    .filter(answers)
    .map(({ method, pattern }) => `${method} ${pattern}`)
    .filter((route) => !declared.has(route));
}

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

describe('the routes of the running gateway', () => {
  it('all say who may call them', async () => {
    expect(gateway.app.get(KnownRoutes).list().length).toBeGreaterThan(20);
    expect(await undeclared(gateway.app)).toEqual([]);
  });

  it('would be found out if one did not: a planted bare route is', async () => {
    @Controller('planted')
    class BareController {
      @Get('bare')
      bare(): string {
        return 'nobody said who may see this';
      }
    }
    const dataDir = await mkdtemp(join(tmpdir(), 'parley-bare-'));
    const config = readConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent' });
    @Module({ imports: [AppModule.with(config, MemoryModule.open())], controllers: [BareController] })
    class Planted {}
    const app = await NestFactory.create<NestFastifyApplication>(Planted, new HttpServer(config, new UuidGenerator()), { logger: false });
    app.useWebSocketAdapter(app.get(SocketIoAdapter));
    await app.init();
    expect(await undeclared(app)).toEqual(['GET /planted/bare']);
    await app.get(Lifecycle).shutdown();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('refuse each key whose one scope does not open them, whatever they would answer', async () => {
    const routes = await gateway.app.get(Routes).of(gateway.app);
    const wrong: string[] = [];
    for (const scope of SCOPES) {
      const { key } = await makeKey(gateway, [scope]);
      for (const { access, method, path } of routes) {
        if (access?.kind !== 'permission' || may({ scopes: new Set<Scope>([scope]) }, access.permission)) continue;
        const address = path.replaceAll(/\{\w+\}/g, '01900000-0000-7000-8000-000000000001');
        const answer = await call(gateway, method.toUpperCase(), address, { key, ...(method === 'get' ? {} : { body: {} }) });
        if (answer.status !== 403) wrong.push(`${scope}: ${method} ${path} answered ${answer.status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('stand in the matrix, each that needs a permission in a row of its own', async () => {
    const routes = await gateway.app.get(Routes).of(gateway.app);
    const page = permissionMatrix(routes);
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toHaveLength(routes.filter((route) => route.access?.kind === 'permission').length);
    const columns = ['route', ...SCOPES];
    const allowed = (route: string) =>
      (rows.find((row) => row.startsWith(`| \`${route}\``)) ?? '').split('|').slice(1).flatMap((cell, at) => (cell.trim() === 'yes' ? [columns[at] ?? 'role'] : []));
    expect(allowed('GET /api/v1/audit')).toEqual(['audit:read', 'admin', 'role']);
    expect(allowed('POST /api/v1/tickets')).toEqual(['tickets', 'admin', 'role']);
    expect(allowed('POST /api/v1/tenants')).toEqual(['admin', 'role']);
    expect(page).toContain('`GET /health`');
  });
});
