import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { IdGenerator } from '#libs/ports';

/** UUIDv7 (RFC 9562); the library's counter keeps ids of one millisecond in order. */
@Injectable()
export class UuidGenerator extends IdGenerator {
  override next(): string {
    return v7();
  }
}
