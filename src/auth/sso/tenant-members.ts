import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { RoleSchema, type Role } from '#libs/contracts';
import { Registrations, type Registration } from '#libs/ports';
import type { SsoAccount } from './account.js';

const StoredSchema = z.object({
  issuer: z.string().nullable(),
  subject: z.string().nullable(),
  address: z.string().nullable(),
  role: RoleSchema,
  operatorId: z.string().nullable(),
  createdAt: z.int(),
});

/** A place in a tenant, for an account or for whoever first proves to own an address. */
export interface MemberRecord extends z.infer<typeof StoredSchema> {
  readonly id: string;
  readonly tenantId: string;
}

/** Which accounts of identity providers work in which tenants. */
@Injectable()
export class TenantMembers {
  constructor(private readonly registrations: Registrations) {}

  /** The places of an account in all tenants, by tenant; at most one in each. A place that another account took is not among them. */
  async of(account: SsoAccount, operatorId: string): Promise<readonly MemberRecord[]> {
    const mine = (await this.registrations.all('member')).map(toMemberRecord).filter((member) => isFor(member, account, operatorId));
    // Where an account has two places, the one that names it counts, not the one of its address.
    mine.sort((a, b) => compare(a.tenantId, b.tenantId) || Number(a.subject === null) - Number(b.subject === null) || compare(a.id, b.id));
    return mine.filter(({ tenantId }, index) => mine[index - 1]?.tenantId !== tenantId);
  }

  /** The role that goes with the place; null when it is gone. */
  async roleOf(id: string, tenantId: string): Promise<Role | null> {
    const found = await this.registrations.find('member', tenantId, id);
    return found === null ? null : toMemberRecord(found).role;
  }

  /** Gives a place to the account that came to it first; false when it is gone, or another came first. */
  async bind({ id, tenantId }: MemberRecord, operatorId: string): Promise<boolean> {
    const found = await this.registrations.find('member', tenantId, id);
    if (found === null) return false;
    const member = toMemberRecord(found);
    if (member.operatorId !== null) return member.operatorId === operatorId;
    return this.registrations.change('member', tenantId, id, toRegistration({ ...member, operatorId }).json, found.json);
  }
}

export function toMemberRecord({ id, tenantId, json }: Registration): MemberRecord {
  return { id, tenantId, ...StoredSchema.parse(JSON.parse(json)) };
}

/** An account or an address has one place in a tenant. */
export function toRegistration({ id, tenantId, ...stored }: MemberRecord): Registration {
  const { issuer, subject, address } = stored;
  return { kind: 'member', tenantId, id, name: JSON.stringify([issuer, subject, address]), json: JSON.stringify(stored) };
}

function isFor(member: MemberRecord, { issuer, subject, address }: SsoAccount, operatorId: string): boolean {
  if (member.operatorId !== null) return member.operatorId === operatorId;
  if (member.address === null) return member.issuer === issuer && member.subject === subject;
  return address !== null && address.verified && address.text.toLowerCase() === member.address;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
