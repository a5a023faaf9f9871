import { signInWithLink } from './gateway/identity.js';
import { troubleOf } from './gateway/trouble.js';

const LINK_PATH = '/auth/link';

/** How the page was reached: `badLink` says in plain words why a sign-in link did not work. */
export interface Arrival {
  readonly badLink: { readonly title: string; readonly text: string } | null;
}

const NO_TOKEN = {
  title: 'This link is not whole',
  text: 'The secret at its end is missing. Copy the whole line that was printed, or make a new link with ./parley login.',
};
const SPENT = {
  title: 'This link does not work any more',
  text: 'It was used before, or is older than an hour. Make a new one with ./parley login on the machine where the gateway runs.',
};

/** Takes the token out of the address bar at once and trades it for the cookie. Call it once: a token works once. Throws as the client does when the gateway cannot say. */
export async function arrive(): Promise<Arrival> {
  if (location.pathname !== LINK_PATH) return { badLink: null };
  const token = location.hash.slice(1);
  history.replaceState(null, '', LINK_PATH);
  if (token === '') return { badLink: NO_TOKEN };
  try {
    await signInWithLink(token);
    return { badLink: null };
  } catch (error) {
    const { code } = troubleOf(error);
    if (code === 'unauthenticated' || code === 'validation_failed') return { badLink: SPENT };
    // It may still be good: loading the page anew tries it again.
    history.replaceState(null, '', `${LINK_PATH}#${token}`);
    throw error;
  }
}
