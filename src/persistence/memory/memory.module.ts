import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { storeModule } from '../store-module.js';
import { openMemoryStore } from './memory-store.js';

/** Binds the ports to memory: nothing survives the process. */
@Module({})
export class MemoryModule {
  static open(): DynamicModule {
    const logger = new Logger('store');
    const store = openMemoryStore((error) => logger.error(error));
    return storeModule(MemoryModule, store);
  }
}
