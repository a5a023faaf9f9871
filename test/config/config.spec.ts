import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.js';

function linesOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

describe('the settings', () => {
  it('are complete without any variable', () => {
    const { settings, publicUrl } = readConfig({});
    expect(settings).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, DATA_DIR: './data', AGENT_MODEL: 'local/concierge', INBOX_LIMIT: 1024 });
    expect(publicUrl).toBe('http://127.0.0.1:3000');
  });

  it('name each wrong variable in a line of its own, and never its value', () => {
    const lines = linesOf({ PORT: 'secret-port', ADMIN_API_KEY: 'too-short-secret', ALLOWED_ORIGINS: 'https://ok.example,nonsense/', MAX_CONCURRENT_TURNS: '0' });
    expect(lines.map((line) => line.split(':')[0])).toEqual(['PORT', 'ADMIN_API_KEY', 'ALLOWED_ORIGINS', 'MAX_CONCURRENT_TURNS']);
    expect(lines.join('\n')).not.toContain('secret');
  });

  it('count an empty variable as not set', () => {
    expect(linesOf({ DATABASE_URL: '', PORT: '' })).toEqual([]);
  });

  it.each(['', ' ', '0x10', '1e3', '1.5', '-1', '٣'])('take only plain whole numbers, not %j', (text) => {
    expect(linesOf({ INBOX_LIMIT: text })).toEqual(text === '' ? [] : ['INBOX_LIMIT: must be a whole number']);
  });

  it.each(['http://user:secret@chat.example.com', 'https://chat.example.com/?a=b', 'https://chat.example.com/#top'])(
    'refuse %s as the address that clients are told',
    (url) => expect(linesOf({ PUBLIC_URL: url })).toEqual(['PUBLIC_URL: must have no user, query or fragment']),
  );

  it('refuse a path in the address that clients are told: pages and doors stand at the root', () => {
    for (const url of ['https://example.com/gw', 'https://example.com/gw/']) expect(linesOf({ PUBLIC_URL: url })).toEqual([expect.stringMatching(/^PUBLIC_URL: must have no path: /)]);
    for (const url of ['https://example.com', 'https://example.com/', 'https://example.com:8443//']) expect(linesOf({ PUBLIC_URL: url })).toEqual([]);
    expect(linesOf({ PUBLIC_URL: 'example.com/gw' })).toEqual(['PUBLIC_URL: must be an http or https URL']);
  });

  it('refuse proxies that nobody could name: every address, or a range wider than there are bits', () => {
    const wrong = ['TRUST_PROXY: each must be an address or CIDR such as 10.0.0.0/8; not every address'];
    for (const text of ['0.0.0.0/0', '::/0', '10.0.0.0/00', '10.0.0.0/33', '::1/129', '10.0.0.0/8,::/0', 'true', '1', 'loopback']) {
      expect([text, linesOf({ TRUST_PROXY: text })]).toEqual([text, wrong]);
    }
    for (const text of ['10.0.0.0/8', '10.0.0.1', '::1, fd00::/8', '128.0.0.0/1']) expect(linesOf({ TRUST_PROXY: text })).toEqual([]);
  });

  it('refuse an admin key that no header can carry as it stands', () => {
    const key = 'a key of your own, 32 or more long!';
    expect(linesOf({ ADMIN_API_KEY: key })).toEqual([]);
    for (const bad of [`${key}\n`, ` ${key}`, `${key}\u00fc`, ' '.repeat(40), `${key}\u0000${key}`]) {
      expect(linesOf({ ADMIN_API_KEY: bad })).toEqual(['ADMIN_API_KEY: must be plain ASCII, without blanks or line feeds at its ends: headers carry no other']);
    }
  });

  it('refuse what this version does not do yet', () => {
    expect(linesOf({ REDIS_URL: 'redis://127.0.0.1' })).toEqual(['REDIS_URL: not supported by this version; unset it']);
  });

  it('refuse a model without the key it needs, and PostgreSQL without an encryption key', () => {
    expect(linesOf({ AGENT_MODEL: 'openai/gpt-x' })[0]).toContain('OPENAI_API_KEY');
    expect(linesOf({ AGENT_MODEL: 'openai-compatible/x' })[0]).toContain('OPENAI_COMPATIBLE_BASE_URL');
    expect(linesOf({ DATABASE_URL: 'postgres://localhost/x' })[0]).toContain('ENCRYPTION_KEY');
  });

  it('know the own origins: the loopback names of the port, or the public address alone', () => {
    const own = readConfig({ PORT: '4100' });
    for (const origin of ['http://localhost:4100', 'http://127.0.0.1:4100', 'http://[::1]:4100']) expect(own.isAllowedOrigin(origin)).toBe(true);
    for (const origin of ['http://localhost:4101', 'https://localhost:4100', 'http://evil.example', 'null']) expect(own.isAllowedOrigin(origin)).toBe(false);
    const open = readConfig({ PUBLIC_URL: 'https://chat.example.com/', ALLOWED_ORIGINS: 'https://app.example.com' });
    expect(open.isAllowedOrigin('https://chat.example.com')).toBe(true);
    expect(open.isAllowedOrigin('https://app.example.com')).toBe(true);
    expect(open.isAllowedOrigin('https://app.example.com.evil.example')).toBe(false);
  });

  it('tell clients the port that was really bound', () => {
    const config = readConfig({ PORT: '0' });
    config.listensOn(5151);
    expect(config.publicUrl).toBe('http://127.0.0.1:5151');
  });
});
