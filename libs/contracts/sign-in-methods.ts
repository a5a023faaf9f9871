import { z } from 'zod';

/** The kinds of identity provider with which operators may sign in here; empty when there is none. */
export const SignInMethodsSchema = z.object({ methods: z.array(z.enum(['oidc', 'saml'])) }).meta({ id: 'SignInMethods' });
export type SignInMethods = z.infer<typeof SignInMethodsSchema>;
