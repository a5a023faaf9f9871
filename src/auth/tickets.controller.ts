import { Body, Controller, Post } from '@nestjs/common';
import { CreateTicketSchema, TicketSchema, type CreateTicket, type Principal, type Ticket } from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Operation } from '../operation/operation.js';
import { Requires } from './access.js';
import { Caller } from './caller.js';
import { Tickets } from './tickets.js';

@Controller('api/v1/tickets')
export class TicketsController {
  constructor(private readonly tickets: Tickets) {}

  @Post()
  @Requires(PERMISSIONS.mintTickets)
  @Operation('Mints a single-use ticket for an end user.', TicketSchema)
  mint(@Caller() caller: Principal, @Body({ schema: CreateTicketSchema }) ticket: CreateTicket): Promise<Ticket> {
    return granted(this.tickets.mint(caller, ticket));
  }
}
