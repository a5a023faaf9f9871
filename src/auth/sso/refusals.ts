import { refused } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';

/** The refusals that both kinds of provider share. What the provider sent appears in none of them. */
export const notBegun = () =>
  refused(failure('unauthenticated', 'This sign-in was not begun in this browser, was used already or took too long. Begin again.'));

export const notConfigured = (what: string) => refused(failure('not_found', `${what} is not set up on this gateway.`));

export const providerDown = () =>
  refused(failure('provider_error', 'The identity provider does not answer as it should. Nobody was signed in; try again in a while.'));

export const notProven = (why: string) => refused(failure('unauthenticated', `The identity provider's answer was not accepted: ${why}.`));
