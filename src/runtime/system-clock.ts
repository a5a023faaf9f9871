import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/ports';

@Injectable()
export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }
}
