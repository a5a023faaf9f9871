import { z } from 'zod';
import { ContentSchema } from './content.js';
import { IdSchema } from './ids.js';

const time = z.iso.datetime({ precision: 3 });

/** `pending` waits for its time, `delivering` is under way, `dead` was given up until somebody sends it again. */
export const DELIVERY_STATES = ['pending', 'delivering', 'delivered', 'dead'] as const;
export const DeliveryStateSchema = z.enum(DELIVERY_STATES);
export type DeliveryState = z.infer<typeof DeliveryStateSchema>;

/** One thing that goes out through an outward channel, as operators see it. */
export const DeliverySchema = z
  .object({
    id: IdSchema.describe('The same at every attempt; receivers tell repeats by it'),
    channel: z.string(),
    to: z.string().describe('Where it goes, as it was given'),
    state: DeliveryStateSchema,
    attempts: z.int().nonnegative().describe('Since it was made or sent again'),
    reason: z.string().optional().describe('Why the last attempt failed'),
    sessionId: IdSchema.optional(),
    turnId: IdSchema.optional(),
    createdAt: time,
    updatedAt: time,
    nextAttemptAt: time.optional().describe('While it is pending'),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof DeliverySchema>;

/** Dead letters that are sent again, each by itself. */
export const RedriveSchema = z.strictObject({ ids: z.array(z.string().min(1).max(128)).min(1).max(200) }).meta({ id: 'Redrive' });
export type Redrive = z.infer<typeof RedriveSchema>;

/** What became of each, in the order of the asking. */
export const RedrivenSchema = z
  .object({ redriven: z.int().nonnegative(), items: z.array(z.object({ id: z.string(), outcome: z.enum(['redriven', 'not_found', 'conflict', 'overloaded']) })) })
  .meta({ id: 'Redriven' });
export type Redriven = z.infer<typeof RedrivenSchema>;

/** A message of the gateway's own accord; the channel says what `to` may be. */
export const SendThroughSchema = z.strictObject({ to: z.string().min(1).max(2048), content: ContentSchema }).meta({ id: 'SendThrough' });
export type SendThrough = z.infer<typeof SendThroughSchema>;

export const SentThroughSchema = z
  .object({
    deliveryId: IdSchema,
    state: DeliveryStateSchema,
    duplicate: z.boolean(),
    secret: z.string().optional().describe('Signing secret of an address that was new; shown only now'),
  })
  .meta({ id: 'SentThrough' });
export type SentThrough = z.infer<typeof SentThroughSchema>;

export const SetCallbackSchema = z.strictObject({ url: z.string().min(1).max(2048) }).meta({ id: 'SetCallback' });
export type SetCallback = z.infer<typeof SetCallbackSchema>;

export const CallbackSchema = z.object({ url: z.string(), createdAt: time }).meta({ id: 'Callback' });
export type Callback = z.infer<typeof CallbackSchema>;

/** A callback at the only moment at which its signing secret is known. */
export const CreatedCallbackSchema = CallbackSchema.extend({ secret: z.string() }).meta({ id: 'CreatedCallback' });
export type CreatedCallback = z.infer<typeof CreatedCallbackSchema>;

export const AddressSecretSchema = z.object({ url: z.string(), secret: z.string() }).meta({ id: 'AddressSecret' });
export type AddressSecret = z.infer<typeof AddressSecretSchema>;
