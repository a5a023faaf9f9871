import { z } from 'zod';

/** A setting as it may be shown. */
export const SettingViewSchema = z
  .object({
    name: z.string(),
    value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable().describe('null: not set, or a secret'),
    isSet: z.boolean().describe('false: the gateway goes by its default'),
    secret: z.boolean(),
    description: z.string(),
  })
  .meta({ id: 'Setting' });
export type SettingView = z.infer<typeof SettingViewSchema>;

export const SettingsViewSchema = z.object({ version: z.string(), items: z.array(SettingViewSchema) }).meta({ id: 'Settings' });
export type SettingsView = z.infer<typeof SettingsViewSchema>;
