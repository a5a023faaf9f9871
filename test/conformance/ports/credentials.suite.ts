import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_PRINCIPAL_LIMITS } from '#libs/contracts';
import type { KeyChange, KeyRecord, OperatorSession, OperatorSessions, TokenRecord } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';

/** What every Keys, Tokens and OperatorSessions promises. */
export function credentialsSuite(name: string, open: OpenStore): void {
  let store: PortedStore;
  const opened = () => store;
  describe(`Credentials on ${name}`, () => {
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    describe('Keys', () => keyPromises(opened));
    describe('Tokens', () => tokenPromises(opened));
    describe('OperatorSessions', () => operatorSessionPromises(opened));
  });
}

function key(tenantId: string, more: Partial<KeyRecord> = {}): KeyRecord {
  const id = newId();
  return {
    id,
    tenantId,
    name: 'CI \0 \ud800',
    scopes: ['messages', 'tickets'],
    limits: { ...NO_PRINCIPAL_LIMITS, messagesPerMinute: 5 },
    createdAt: 1_700_000_000_000,
    expiresAt: null,
    lastUsedAt: null,
    secrets: [{ prefix: `pk_${id}`, hash: `hash-${id}`, expiresAt: null }],
    ...more,
  };
}

function keyPromises(opened: () => PortedStore): void {
  it('finds a key by each of its prefixes and by id in its tenant', async () => {
    const [fresh, old] = [{ prefix: newId(), hash: 'new', expiresAt: null }, { prefix: newId(), hash: 'old', expiresAt: 5 }];
    const made = key(`t-${newId()}`, { secrets: [fresh, old] });
    await opened().keys.create(made);
    for (const { prefix } of made.secrets) expect(await opened().keys.findByPrefix(prefix)).toEqual(made);
    expect(await opened().keys.find(made.id, made.tenantId)).toEqual(made);
    expect(await opened().keys.find(made.id, 'other')).toBeNull();
    for (const unknown of [newId(), 'nonsense', '\0', '\ud800']) {
      expect(await opened().keys.findByPrefix(unknown)).toBeNull();
      expect(await opened().keys.find(unknown, made.tenantId)).toBeNull();
    }
  });

  it('changes only what is named, in its tenant', async () => {
    const made = key(`t-${newId()}`);
    await opened().keys.create(made);
    const limits = { ...NO_PRINCIPAL_LIMITS, messagesPerHour: 9, tokensPerDay: 1 };
    expect(await opened().keys.update(made.id, made.tenantId, { name: 'new', limits })).toEqual({ ...made, name: 'new', limits });
    expect(await opened().keys.update(made.id, made.tenantId, { expiresAt: 7 })).toEqual({ ...made, name: 'new', limits, expiresAt: 7 });
    const last = { expiresAt: null, scopes: ['keys'] } satisfies KeyChange;
    expect(await opened().keys.update(made.id, made.tenantId, last)).toMatchObject(last);
    expect(await opened().keys.update(made.id, 'other', { name: 'stolen' })).toBeNull();
    expect(await opened().keys.find(made.id, made.tenantId)).toMatchObject({ name: 'new', scopes: ['keys'] });
  });

  it('replaces secrets whole', async () => {
    const made = key(`t-${newId()}`);
    await opened().keys.create(made);
    const secrets = [{ prefix: newId(), hash: 'second', expiresAt: null }, ...made.secrets.map((secret) => ({ ...secret, expiresAt: 99 }))];
    expect(await opened().keys.replaceSecrets(made.id, made.tenantId, () => secrets)).toEqual({ ...made, secrets });
    expect(await opened().keys.find(made.id, made.tenantId)).toEqual({ ...made, secrets });
    await opened().keys.replaceSecrets(made.id, made.tenantId, (known) => known.slice(0, 1));
    expect(await opened().keys.findByPrefix(made.secrets[0]?.prefix ?? '')).toBeNull();
    expect(await opened().keys.replaceSecrets(made.id, 'other', () => [])).toBeNull();
  });

  it('loses nothing of several changes at once', async () => {
    const { keys } = opened();
    const made = key(`t-${newId()}`);
    await keys.create(made);
    const fresh = ['a', 'b', 'c'].map((hash) => ({ prefix: newId(), hash, expiresAt: null }));
    await Promise.all(fresh.map((secret) => keys.replaceSecrets(made.id, made.tenantId, (known) => [secret, ...known])));
    const limits = [{ messagesPerHour: 9 }, { tokensPerDay: 1 }, { turnsAtOnce: 2 }];
    await Promise.all(limits.map((limit) => keys.update(made.id, made.tenantId, { limits: limit })));
    const kept = await keys.find(made.id, made.tenantId);
    expect(kept?.secrets.map(({ hash }) => hash).toSorted()).toEqual(['a', 'b', 'c', `hash-${made.id}`]);
    expect(kept?.limits).toEqual({ ...made.limits, messagesPerHour: 9, tokensPerDay: 1, turnsAtOnce: 2 });
  });

  it('removes a key with its secrets, once', async () => {
    const made = key(`t-${newId()}`);
    await opened().keys.create(made);
    expect(await opened().keys.remove(made.id, 'other')).toBe(false);
    expect(await opened().keys.remove(made.id, made.tenantId)).toBe(true);
    expect(await opened().keys.remove(made.id, made.tenantId)).toBe(false);
    expect(await opened().keys.findByPrefix(made.secrets[0]?.prefix ?? '')).toBeNull();
  });

  it('notes the latest use; times never go back', async () => {
    const made = key(`t-${newId()}`);
    await opened().keys.create(made);
    await opened().keys.touch(new Map([[made.id, 50], [newId(), 60]]));
    await opened().keys.touch(new Map([[made.id, 40]]));
    expect(await opened().keys.find(made.id, made.tenantId)).toMatchObject({ lastUsedAt: 50 });
    await opened().keys.touch(new Map());
  });

  it('lists the keys of a tenant, each exactly once while others come and go', async () => {
    const tenantId = `t-${newId()}`;
    const kept = Array.from({ length: 6 }, () => key(tenantId));
    const gone = key(tenantId);
    for (const made of [...kept, gone]) await opened().keys.create(made);
    await opened().keys.create(key('other'));
    const seen: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const page = await opened().keys.list(tenantId, { limit: 2, cursor });
      if (page === 'bad_cursor') throw new Error('expected a page');
      seen.push(...page.items.map(({ id }) => id));
      await opened().keys.create(key(tenantId));
      await opened().keys.remove(gone.id, tenantId);
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    expect(seen.filter((id) => kept.some((made) => made.id === id)).toSorted()).toEqual(kept.map(({ id }) => id).toSorted());
    expect(await opened().keys.list(tenantId, { limit: 2, cursor: 'x' })).toBe('bad_cursor');
  });
}

function token(more: Partial<TokenRecord> = {}): TokenRecord {
  const payload = JSON.stringify({ userId: 'a\0\ud800' });
  return { kind: 'ticket', hash: newId(), tenantId: 't', credentialId: newId(), payload, expiresAt: 1_000, ...more };
}

function tokenPromises(opened: () => PortedStore): void {
  it('gives a token to one of many callers, once', async () => {
    const issued = token();
    await opened().tokens.issue(issued);
    expect(await opened().tokens.redeem('resume', issued.hash, 10)).toBeNull();
    const redeemed = await Promise.all(Array.from({ length: 10 }, () => opened().tokens.redeem('ticket', issued.hash, 10)));
    expect(redeemed.filter((got) => got !== null)).toEqual([issued]);
    expect(await opened().tokens.redeem('ticket', 'unknown', 10)).toBeNull();
  });

  it('gives nothing for a token past its time', async () => {
    const issued = token({ expiresAt: 100 });
    await opened().tokens.issue(issued);
    expect(await opened().tokens.redeem('ticket', issued.hash, 100)).toBeNull();
  });

  it('revokes what a credential or a kind stands behind, and nothing else', async () => {
    const credentialId = newId();
    const [one, two, other, link] = [token({ credentialId }), token({ credentialId, kind: 'resume' }), token(), token({ kind: 'link' })];
    for (const issued of [one, two, other, link]) await opened().tokens.issue(issued);
    await opened().tokens.revoke(credentialId);
    await opened().tokens.revokeKind('link');
    expect(await opened().tokens.redeem('ticket', one.hash, 1)).toBeNull();
    expect(await opened().tokens.redeem('resume', two.hash, 1)).toBeNull();
    expect(await opened().tokens.redeem('link', link.hash, 1)).toBeNull();
    expect(await opened().tokens.redeem('ticket', other.hash, 1)).toEqual(other);
  });

  it('sweeps what has ended, at most as many as asked', async () => {
    while ((await opened().tokens.sweep(10_000, 100)) > 0);
    const [early, late] = [token({ expiresAt: 100 }), token({ expiresAt: 9_000 })];
    for (const issued of [early, token({ expiresAt: 50 }), late]) await opened().tokens.issue(issued);
    expect(await opened().tokens.sweep(200, 1)).toBe(1);
    expect(await opened().tokens.sweep(200, 10)).toBe(1);
    expect(await opened().tokens.sweep(200, 10)).toBe(0);
    expect(await opened().tokens.redeem('ticket', late.hash, 1)).toEqual(late);
  });
}

function operatorSession(more: Partial<OperatorSession> = {}): OperatorSession {
  const times = { createdAt: 1, seenAt: 1, expiresAt: 1_000 };
  const who = { tenantId: 't', operatorId: 'o\0', name: 'Ada \ud800', role: 'operator' as const, scopes: null, credentialId: newId() };
  return { id: newId(), ...who, ...times, ...more };
}

function operatorSessionPromises(opened: () => PortedStore): void {
  it('keeps a session until it is removed', async () => {
    const made = [operatorSession(), operatorSession({ scopes: ['messages', 'keys'], role: 'admin' })];
    for (const session of made) {
      await opened().operatorSessions.create(session);
      expect(await opened().operatorSessions.find(session.id)).toEqual(session);
      await opened().operatorSessions.touch(session.id, 9);
      await opened().operatorSessions.touch(session.id, 5);
      expect(await opened().operatorSessions.find(session.id)).toEqual({ ...session, seenAt: 9 });
      expect(await opened().operatorSessions.remove(session.id)).toBe(true);
      expect(await opened().operatorSessions.remove(session.id)).toBe(false);
      expect(await opened().operatorSessions.find(session.id)).toBeNull();
    }
  });

  it('lists those of a tenant, or of one operator, that have not ended, in pages, newest first', async () => {
    const tenantId = `t-${newId()}`;
    const [operatorId, at] = ['o \0 \ud800', 1_800_000_000_000];
    const live = { tenantId, operatorId, seenAt: at, expiresAt: at + 1 };
    const made = [1, 2, 2, 3].map((createdAt) => operatorSession({ ...live, createdAt }));
    const other = operatorSession({ ...live, createdAt: 4, operatorId: 'else' });
    const over = [operatorSession({ ...live, expiresAt: at }), operatorSession({ ...live, seenAt: at - 1 }), operatorSession({ ...live, tenantId: 'else' })];
    for (const session of [...made, other, ...over]) await opened().operatorSessions.create(session);
    const sorted = [...made].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
    const filter = { expiresAfter: at, seenAfter: at - 1 };
    const own: OperatorSession[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<OperatorSessions['list']>> = await opened().operatorSessions.list(tenantId, { ...filter, operatorId }, { limit: 3, cursor });
      if (page === 'bad_cursor') throw new Error('its own cursor');
      own.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(own).toEqual(sorted);
    expect(await opened().operatorSessions.list(tenantId, filter, { limit: 9 })).toEqual({ items: [other, ...sorted], nextCursor: null });
    expect(await opened().operatorSessions.list(tenantId, filter, { limit: 9, cursor: 'nonsense' })).toBe('bad_cursor');
  });

  it('revokes all sessions of a credential and sweeps what has ended', async () => {
    while ((await opened().operatorSessions.sweep(10_000, 100)) > 0);
    const credentialId = newId();
    const [one, two, kept] = [operatorSession({ credentialId }), operatorSession({ credentialId }), operatorSession({ expiresAt: 5_000 })];
    for (const session of [one, two, kept]) await opened().operatorSessions.create(session);
    await opened().operatorSessions.revoke(credentialId);
    expect(await opened().operatorSessions.find(one.id)).toBeNull();
    expect(await opened().operatorSessions.find(two.id)).toBeNull();
    await opened().operatorSessions.create(operatorSession({ expiresAt: 10 }));
    expect(await opened().operatorSessions.sweep(4_000, 10)).toBe(1);
    expect(await opened().operatorSessions.find(kept.id)).toEqual(kept);
  });
}
