import { useEffect, useState } from 'react';
import type { SignInMethods } from '#libs/contracts';
import { signInMethods } from '../gateway/identity.js';
import { troubleOf, type Trouble } from '../gateway/trouble.js';
import { TroubleNote } from './trouble-note.js';

type Method = SignInMethods['methods'][number];

const NAMES: Record<Method, string> = { oidc: 'OpenID Connect', saml: 'SAML' };

/** The way in by an identity provider; nothing where the gateway has none. The browser leaves the page and comes back to it signed in. */
export function SsoSection() {
  const [methods, setMethods] = useState<readonly Method[]>([]);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  useEffect(() => {
    signInMethods().then(setMethods, (error: unknown) => setTrouble(troubleOf(error)));
  }, []);

  if (trouble !== null) return <TroubleNote trouble={trouble} />;
  if (methods.length === 0) return null;
  return (
    <section aria-labelledby="by-sso">
      <h2 id="by-sso">With your organisation</h2>
      <p>You sign in there and come back here.</p>
      <div className="sso-ways">
        {methods.map((method) => (
          <a key={method} className="primary" href={loginAddress(method)}>
            {methods.length === 1 ? 'Sign in with SSO' : `Sign in with SSO (${NAMES[method]})`}
          </a>
        ))}
      </div>
    </section>
  );
}

/** Comes back to the page in the address bar, where that is one of the console or a conversation. */
function loginAddress(method: Method): string {
  const stays = location.pathname === '/playground' || /^\/console(\/|$)/.test(location.pathname);
  const returnTo = stays ? location.pathname + location.search : '/playground';
  return `/auth/login?${new URLSearchParams({ method, returnTo })}`;
}
