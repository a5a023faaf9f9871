import { Global, Module } from '@nestjs/common';
import { Vault } from '#libs/ports';
import { Config } from '../config/config.js';
import { earlierKeys, encryptionKey } from '../config/encryption-key.js';
import { AesVault } from './aes-vault.js';

@Global()
@Module({
  providers: [{ provide: Vault, inject: [Config], useFactory: (config: Config) => new AesVault(encryptionKey(config), ...earlierKeys(config)) }],
  exports: [Vault],
})
export class VaultModule {}
