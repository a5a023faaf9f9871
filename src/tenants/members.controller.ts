import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  CreateMemberSchema,
  MemberSchema,
  PageQuerySchema,
  pageSchema,
  UpdateMemberSchema,
  type CreateMember,
  type Member,
  type Page,
  type PageQuery,
  type Principal,
  type UpdateMember,
} from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { Operation } from '../operation/operation.js';
import { MemberService } from './member-service.js';
import { TenantService } from './tenant-service.js';

@Controller('api/v1/tenants/:id/members')
@Requires(PERMISSIONS.administer)
export class MembersController {
  constructor(
    private readonly tenants: TenantService,
    private readonly members: MemberService,
  ) {}

  @Get()
  @Operation('Lists the operators of a tenant who sign in at the identity provider, newest first.', pageSchema(MemberSchema))
  async list(@Caller() caller: Principal, @Param('id') id: string, @Query({ schema: PageQuerySchema }) page: PageQuery): Promise<Page<Member>> {
    await granted(this.tenants.reach(caller, id));
    return granted(this.members.list(id, page));
  }

  @Post()
  @Operation('Lets an account of the identity provider, or whoever proves to own an address, work in a tenant.', MemberSchema, { problems: ['conflict'] })
  async create(@Caller() caller: Principal, @Param('id') id: string, @Body({ schema: CreateMemberSchema }) member: CreateMember): Promise<Member> {
    const keeper = await granted(this.tenants.reach(caller, id));
    return granted(this.members.create(keeper, member));
  }

  @Get(':memberId')
  @Operation('Reads a member.', MemberSchema)
  async get(@Caller() caller: Principal, @Param('id') id: string, @Param('memberId') memberId: string): Promise<Member> {
    await granted(this.tenants.reach(caller, id));
    return granted(this.members.get(id, memberId));
  }

  @Patch(':memberId')
  @Operation('Gives a member another role; they sign in again with it.', MemberSchema)
  async update(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('memberId') memberId: string,
    @Body({ schema: UpdateMemberSchema }) { role }: UpdateMember,
  ): Promise<Member> {
    const keeper = await granted(this.tenants.reach(caller, id));
    return granted(this.members.update(keeper, memberId, role));
  }

  @Delete(':memberId')
  @HttpCode(204)
  @Operation('Takes a member away; what they are signed in with ends within a second.', null)
  async remove(@Caller() caller: Principal, @Param('id') id: string, @Param('memberId') memberId: string): Promise<void> {
    const keeper = await granted(this.tenants.reach(caller, id));
    await granted(this.members.remove(keeper, memberId));
  }
}
