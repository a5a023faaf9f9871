import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VaultError } from '#libs/ports';
import { AesVault } from '../../src/vault/aes-vault.js';

describe('the vault', () => {
  const vault = new AesVault(randomBytes(32));

  it('opens what it sealed, for the same purpose only', () => {
    const sealed = vault.seal('a secret \0 ü', 'callback:1');
    expect(sealed).not.toContain('secret');
    expect(vault.open(sealed, 'callback:1')).toBe('a secret \0 ü');
    expect(() => vault.open(sealed, 'callback:2')).toThrow(VaultError);
  });

  it('seals the same text differently each time', () => {
    expect(vault.seal('x', 'p')).not.toBe(vault.seal('x', 'p'));
  });

  it('opens nothing that was changed, whichever byte', () => {
    const [form = '', id = '', text = ''] = vault.seal('secret', 'p').split('.');
    const bytes = Buffer.from(text, 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => vault.open(`${form}.${id}.${changed.toString('base64url')}`, 'p')).toThrow(VaultError);
    }
    for (const wrong of ['', 'v1', `v2.${id}.${text}`, `${form}.${id}.`, `${form}.${id}.${text}.`, `${form}.${id}.AAAA`]) {
      expect(() => vault.open(wrong, 'p')).toThrow(VaultError);
    }
  });

  it('opens with an earlier key what was sealed with it, and names the key it lacks', () => {
    const [before, now] = [randomBytes(32), randomBytes(32)];
    const sealed = new AesVault(before).seal('kept', 'p');
    expect(new AesVault(now, before).open(sealed, 'p')).toBe('kept');
    expect(() => new AesVault(now).open(sealed, 'p')).toThrow(/sealed with the key [0-9a-f]{8}, which is not here: set ENCRYPTION_KEY/);
  });
});
