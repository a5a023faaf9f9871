import { Controller, Get, Module, Post, StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreControl } from '#libs/ports';
import { AnyCaller, OpenToAll, Requires, TicketAllowed } from '../../src/auth/access.js';
import { AuditModule } from '../../src/audit/audit.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { HttpServer } from '../../src/channels/http/http-server.js';
import { ProblemFilter } from '../../src/channels/http/problem.filter.js';
import { readConfig } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { EgressGuardModule } from '../../src/egress-guard/egress-guard.module.js';
import { Log } from '../../src/observability/log.js';
import { LifecycleModule } from '../../src/lifecycle/lifecycle.module.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { SqliteModule } from '../../src/persistence/sqlite/sqlite.module.js';
import { RuntimeModule } from '../../src/runtime/runtime.module.js';
import { UuidGenerator } from '../../src/runtime/uuid-generator.js';
import { ThrottlingModule } from '../../src/throttling/throttling.module.js';
import { ADMIN_KEY } from '../support/start-gateway.js';
import { call, makeKey } from './caller.js';

@Controller('planted')
class PlantedController {
  @Get('bare')
  bare(): string {
    return 'nobody may see this';
  }

  @Get('open')
  @OpenToAll()
  open(): object {
    return {};
  }

  @Get('any')
  @AnyCaller()
  any(): object {
    return {};
  }

  @Get('ticket')
  @Requires({ scope: 'messages' })
  @TicketAllowed()
  ticket(): object {
    return {};
  }

  @Post('role')
  @Requires({ role: 'operator' })
  role(): object {
    return {};
  }
}

@Module({ controllers: [PlantedController] })
class PlantedModule {}

let app: NestFastifyApplication;
let gateway: { url: string };
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-test-'));
  const config = readConfig({ PORT: '0', DATA_DIR: dataDir, ADMIN_API_KEY: ADMIN_KEY, LOG_LEVEL: 'fatal' });
  @Module({
    imports: [
      ConfigModule.with(config),
      ObservabilityModule,
      RuntimeModule,
      SqliteModule.open(config),
      EgressGuardModule,
      AuthModule,
      AuditModule,
      LifecycleModule,
      ThrottlingModule,
      PlantedModule,
    ],
  })
  class App {}
  const server = new HttpServer(config, new UuidGenerator());
  app = await NestFactory.create<NestFastifyApplication>(App, server, { logger: false });
  app.useGlobalPipes(new StandardSchemaValidationPipe());
  app.useGlobalFilters(new ProblemFilter(config, server.routes, app.get(Log)));
  await app.listen(0, '127.0.0.1');
  gateway = { url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
});
afterAll(async () => {
  await app.close();
  await app.get(StoreControl).close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('the guard', () => {
  it('refuses a route that does not say who may call it, to the admin too', async () => {
    for (const key of [ADMIN_KEY, null]) {
      const refusal = await call(gateway, 'GET', '/planted/bare', { key });
      expect(refusal.status).toBe(403);
      expect(refusal.body.code).toBe('permission_denied');
    }
  });

  it('lets everybody into an open route, whatever they show', async () => {
    for (const key of [null, ADMIN_KEY, 'nonsense']) expect((await call(gateway, 'GET', '/planted/open', { key })).status).toBe(200);
  });

  it('lets anybody with a good credential into a route for any caller', async () => {
    const { key } = await makeKey(gateway, ['metrics']);
    expect((await call(gateway, 'GET', '/planted/any', { key })).status).toBe(200);
    expect((await call(gateway, 'GET', '/planted/any', { key: null })).status).toBe(401);
  });

  it('takes a ticket in the query only where the route says so', async () => {
    const mint = async () => (await call(gateway, 'POST', '/api/v1/tickets', { body: { userId: 'ada' } })).body.ticket;
    const ticket = await mint();
    expect((await call(gateway, 'GET', `/planted/any?ticket=${ticket}`, { key: null })).status).toBe(401);
    expect((await call(gateway, 'GET', `/planted/ticket?ticket=${ticket}`, { key: null })).status).toBe(200);
    expect((await call(gateway, 'GET', `/planted/ticket?ticket=${ticket}`, { key: null })).status).toBe(401);
    expect((await call(gateway, 'GET', `/planted/ticket?ticket=${await mint()}&ticket=${await mint()}`, { key: null })).status).toBe(400);
  });

  it('never takes a key for a role', async () => {
    const { key } = await makeKey(gateway, ['messages', 'sessions:read', 'sessions:write', 'control:read', 'control:write', 'metrics']);
    expect((await call(gateway, 'POST', '/planted/role', { key })).status).toBe(403);
  });
});
