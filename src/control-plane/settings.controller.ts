import { Controller, Get } from '@nestjs/common';
import { DEFAULT_TENANT, FailureError, SettingsViewSchema, type Principal, type SettingsView } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { Config } from '../config/config.js';
import { shownSettings } from '../config/shown-settings.js';
import { Operation } from '../operation/operation.js';
import { VERSION } from '../version.js';

/** What the gateway runs with. Nothing is changed here: settings come from the environment. */
@Controller('api/v1/control-plane/settings')
export class SettingsController {
  constructor(private readonly config: Config) {}

  @Get()
  @Requires(PERMISSIONS.administer)
  @Operation('Tells the settings of this process, secrets left out. For admins of the tenant default.', SettingsViewSchema)
  settings(@Caller() caller: Principal): SettingsView {
    if (caller.tenantId !== DEFAULT_TENANT) throw FailureError.of('permission_denied', 'This is for the admins of the tenant default.');
    return { version: VERSION, items: shownSettings(this.config.settings) };
  }
}
