import { z } from 'zod';

/** One thing that was looked at: `failed` keeps the gateway from its work, `warning` will or may. */
const CheckSchema = z
  .object({
    name: z.string(),
    status: z.enum(['ok', 'warning', 'failed']),
    detail: z.string(),
    advice: z.string().optional().describe('What to do about it'),
  })
  .meta({ id: 'Check' });
export type Check = z.infer<typeof CheckSchema>;

/** How a gateway does. */
export const DiagnosisSchema = z.object({ checks: z.array(CheckSchema) }).meta({ id: 'Diagnosis' });
export type Diagnosis = z.infer<typeof DiagnosisSchema>;
