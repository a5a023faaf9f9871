import { Global, Module } from '@nestjs/common';
import { Clock, IdGenerator } from '#libs/ports';
import { SystemClock } from './system-clock.js';
import { UuidGenerator } from './uuid-generator.js';

/** What a process gives by itself: the time and new ids. */
@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: IdGenerator, useClass: UuidGenerator },
  ],
  exports: [Clock, IdGenerator],
})
export class RuntimeModule {}
