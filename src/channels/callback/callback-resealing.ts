import { Injectable } from '@nestjs/common';
import { CallbackTargets, Vault, VaultError, type CallbackTarget } from '#libs/ports';
import { Audit } from '../../audit/audit.js';
import { Config } from '../../config/config.js';
import { Log } from '../../observability/log.js';
import { CallbackSecrets } from './callback-secrets.js';

const PAGE = 200;

export interface Resealed {
  readonly resealed: number;
  /** Sealed with a key that is not here. */
  readonly lost: number;
}

/** Seals what earlier keys sealed with the key of now, so that the earlier ones can be thrown away. */
@Injectable()
export class CallbackResealing {
  constructor(
    private readonly targets: CallbackTargets,
    private readonly secrets: CallbackSecrets,
    private readonly vault: Vault,
    private readonly config: Config,
    private readonly log: Log,
    private readonly audit: Audit,
  ) {}

  /** At a start with ENCRYPTION_KEYS_EARLIER; says in one line what came of it. What is cut off is done by the next start. */
  async atStart(): Promise<void> {
    if (this.config.settings.ENCRYPTION_KEYS_EARLIER.length === 0) return;
    try {
      const { resealed, lost } = await this.run();
      // This entry signs the head of the audit log with the key of now, too.
      await this.audit.record(null, { action: 'secrets.reseal', after: { resealed, lost } });
      if (lost > 0) this.log.warn('secrets of callbacks are sealed with a key that is not here; make them anew', { resealed, lost });
      else this.log.info('all secrets are sealed with ENCRYPTION_KEY; unset ENCRYPTION_KEYS_EARLIER', { resealed });
    } catch (error) {
      this.log.warn('secrets could not be sealed with the key of now; the next start tries again', { error });
    }
  }

  async run(): Promise<Resealed> {
    const count = { resealed: 0, lost: 0 };
    let after = '';
    for (;;) {
      const page = await this.targets.after(after, PAGE);
      for (const target of page) {
        after = target.id;
        if (this.vault.isCurrent(target.secret)) continue;
        const sealed = this.sealed(target);
        if (sealed === null) count.lost += 1;
        else if (await this.targets.reseal(target, sealed)) count.resealed += 1;
      }
      if (page.length < PAGE) return count;
    }
  }

  private sealed(target: CallbackTarget): string | null {
    try {
      return this.secrets.seal(target, this.secrets.open(target));
    } catch (error) {
      if (error instanceof VaultError) return null;
      throw error;
    }
  }
}
