import { Body, Controller, Post } from '@nestjs/common';
import { CreateTicketSchema, type CreateTicket, type Principal, type Ticket } from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from './access.js';
import { Caller } from './caller.js';
import { Tickets } from './tickets.js';

@Controller('api/v1/tickets')
export class TicketsController {
  constructor(private readonly tickets: Tickets) {}

  @Post()
  @Requires(PERMISSIONS.mintTickets)
  mint(@Caller() caller: Principal, @Body({ schema: CreateTicketSchema }) ticket: CreateTicket): Promise<Ticket> {
    return granted(this.tickets.mint(caller, ticket));
  }
}
