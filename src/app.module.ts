import { Module, type DynamicModule } from '@nestjs/common';
import { ApiDocsModule } from './api-docs/api-docs.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { CallbackModule } from './channels/callback/callback.module.js';
import { HttpModule } from './channels/http/http.module.js';
import { SocketIoModule } from './channels/socketio/socketio.module.js';
import { WebsocketModule } from './channels/websocket/websocket.module.js';
import { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { ControlPlaneModule } from './control-plane/control-plane.module.js';
import { EgressGuardModule } from './egress-guard/egress-guard.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import type { StartRecord } from './health/crash-loop/start-record.js';
import { HealthModule } from './health/health.module.js';
import { LifecycleModule } from './lifecycle/lifecycle.module.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import type { Agent } from './orchestrator/agents/agent.js';
import { OrchestratorModule } from './orchestrator/orchestrator.module.js';
import { PagesModule } from './pages/pages.module.js';
import { RuntimeModule } from './runtime/runtime.module.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { ThrottlingModule } from './throttling/throttling.module.js';
import { VaultModule } from './vault/vault.module.js';

export interface AppOptions {
  /** Agents of the team's own, beside the one that the settings name. */
  readonly agents?: readonly Agent[];
  /** What is known of earlier starts; null or absent: nothing is asked of it. */
  readonly starts?: StartRecord | null;
}

/** The map of the house: the modules in the order in which a message meets them, and which adapters stand behind the ports. */
@Module({})
export class AppModule {
  /** `persistence` binds the ports of the store. */
  static with(config: Config, persistence: DynamicModule, options: AppOptions = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        ObservabilityModule,
        RuntimeModule,
        persistence,
        SocketIoModule,
        WebsocketModule,
        HttpModule,
        CallbackModule,
        EgressGuardModule,
        VaultModule,
        AuthModule,
        AuditModule,
        ThrottlingModule,
        GatewayModule,
        OrchestratorModule.with(options),
        TenantsModule,
        PagesModule,
        ApiDocsModule,
        ControlPlaneModule,
        HealthModule,
        MetricsModule,
        MaintenanceModule,
        LifecycleModule,
      ],
    };
  }
}
