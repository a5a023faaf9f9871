import { Injectable } from '@nestjs/common';
import { failure, type Message, type Page, type Principal } from '#libs/contracts';
import { BAD_CURSOR, ok, refused, type Outcome } from '#libs/channel-sdk';
import { reachOf } from '#libs/policy';
import { History, type PageRequest, type TurnRecord } from '#libs/ports';

const NO_SCOPE = refused(failure('permission_denied', 'the scope messages or sessions:read is needed'));

/** Messages and turns as they may be read. */
@Injectable()
export class Readings {
  constructor(private readonly history: History) {}

  async message(principal: Principal, id: string): Promise<Outcome<Message>> {
    const reach = reachOf(principal, 'read');
    if (reach === null) return NO_SCOPE;
    const message = await this.history.message(id, reach);
    return message === null ? refused(failure('not_found', 'no such message')) : ok(message);
  }

  async turn(principal: Principal, id: string): Promise<Outcome<TurnRecord>> {
    const reach = reachOf(principal, 'read');
    if (reach === null) return NO_SCOPE;
    const turn = await this.history.turn(id, reach);
    return turn === null ? refused(failure('not_found', 'no such turn')) : ok(turn);
  }

  async messages(principal: Principal, sessionId: string, page: PageRequest): Promise<Outcome<Page<Message>>> {
    const reach = reachOf(principal, 'read');
    if (reach === null) return NO_SCOPE;
    const messages = await this.history.messages(sessionId, reach, page);
    if (messages === null) return refused(failure('not_found', 'no such session'));
    return messages === 'bad_cursor' ? refused(BAD_CURSOR) : ok(messages);
  }
}
