import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Tenants } from '#libs/ports';

/** Whether the gateway has more than one tenant, known without waiting; several until it is known. */
@Injectable()
export class TenantCount implements OnModuleInit {
  #several = true;
  #changes = 0;

  constructor(private readonly tenants: Tenants) {}

  get several(): boolean {
    return this.#several;
  }

  onModuleInit(): Promise<void> {
    return this.recount();
  }

  /** Called when there may be one more or one fewer. Never rejects: what cannot be read counts as several. */
  async recount(): Promise<void> {
    this.#several = true;
    this.#changes += 1;
    const change = this.#changes;
    const page = await this.tenants.list({ limit: 2, cursor: null }).catch(() => null);
    if (change === this.#changes && page !== null && page !== 'bad_cursor') this.#several = page.items.length > 1;
  }
}
