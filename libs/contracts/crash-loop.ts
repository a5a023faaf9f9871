import { z } from 'zod';

/** Whether starts that died one after another keep the doors closed. */
export const CrashLoopSchema = z
  .object({
    doors: z.enum(['open', 'closed']),
    startedAt: z.array(z.iso.datetime({ precision: 3 })).describe('when the starts began that died before they were ready'),
  })
  .meta({ id: 'CrashLoop' });
export type CrashLoop = Readonly<z.infer<typeof CrashLoopSchema>>;
