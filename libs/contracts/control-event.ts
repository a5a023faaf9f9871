import { z } from 'zod';

/** Something that happened in the gateway, as its operators are told it. */
export const ControlEventSchema = z
  .object({
    seq: z.int().positive().describe('1, 2, 3 … in the tenant; `id:` of the stream'),
    at: z.iso.datetime({ precision: 3 }),
    type: z.string(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'ControlEvent' });
export type ControlEvent = z.infer<typeof ControlEventSchema>;
