import { z } from 'zod';

const time = z.iso.datetime({ precision: 3 });
const claim = z.string().min(1).max(128);

/** Signatures that an issuer may use: asymmetric ones only, so that no key that checks a token can make one (RFC 8725, section 3.1). */
export const TOKEN_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;
const algorithm = z.enum(TOKEN_ALGORITHMS);

/** Somebody whose signed tokens (JWT) say who the users of a tenant are. */
export const IssuerSchema = z
  .object({
    id: z.uuidv7(),
    issuer: z.string().describe('claim `iss` of its tokens, to the letter'),
    audience: z.string().describe('what the claim `aud` of its tokens must hold'),
    jwksUrl: z.string().nullable().describe('where its public keys are; null: found by `<issuer>/.well-known/openid-configuration`'),
    algorithms: z.array(algorithm),
    userIdClaim: z.string().describe('claim that holds the user id'),
    userIdPrefix: z.string().describe('put before the user id, so that users of two issuers are never one'),
    sessionsClaim: z.string().nullable().describe('claim with a list of session ids: a token that has it reaches only those of them that are its user\'s'),
    createdAt: time,
  })
  .meta({ id: 'Issuer' });
export type Issuer = z.infer<typeof IssuerSchema>;

export const CreateIssuerSchema = z
  .strictObject({
    issuer: z.string().min(1).max(512),
    audience: z.string().min(1).max(256),
    jwksUrl: z.string().min(1).max(2048).nullable().default(null),
    algorithms: z.array(algorithm).min(1).max(TOKEN_ALGORITHMS.length).default(['RS256', 'PS256', 'ES256', 'EdDSA']),
    userIdClaim: claim.default('sub'),
    userIdPrefix: z.string().max(64).default(''),
    sessionsClaim: claim.nullable().default(null),
  })
  .meta({ id: 'CreateIssuer' });
export type CreateIssuer = z.infer<typeof CreateIssuerSchema>;
