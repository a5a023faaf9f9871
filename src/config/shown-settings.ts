import { z } from 'zod';
import type { SettingView } from '#libs/contracts';
import { SettingsSchema, type Settings } from './settings.js';

/** A setting whose name has one of these in it is a secret; whoever adds a setting names it so. */
const SECRET = /KEY|SECRET|PASSWORD|CREDENTIAL|HEADERS|_TOKEN/;

const ShownSchema = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const DEFAULTS = SettingsSchema.parse({});

/** The settings as an operator may see them: secrets only as set or not, addresses without user and query. */
export function shownSettings(settings: Readonly<Settings>): SettingView[] {
  const given: Readonly<Record<string, unknown>> = settings;
  const usual: Readonly<Record<string, unknown>> = DEFAULTS;
  return Object.entries(SettingsSchema.shape).map(([name, schema]) => {
    const secret = SECRET.test(name);
    const value = given[name];
    return {
      name,
      value: secret || value === undefined ? null : shown(value),
      isSet: JSON.stringify(value) !== JSON.stringify(usual[name]),
      secret,
      description: schema.description ?? '',
    };
  });
}

function shown(value: unknown): SettingView['value'] {
  if (typeof value === 'string') return withoutCredentials(value);
  const plain = ShownSchema.safeParse(value);
  if (plain.success) return plain.data;
  return Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : JSON.stringify(value);
}

/** What stands before an @ or behind a ? of an address can be a password. */
function withoutCredentials(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '' && url.search === '') return text;
  url.username = '';
  url.password = '';
  const asked = url.search !== '';
  url.search = '';
  return asked ? `${url.toString()}?…` : url.toString();
}
