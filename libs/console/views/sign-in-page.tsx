import { useState, type ReactNode } from 'react';
import type { Me } from '#libs/contracts';
import { signInWithKey } from '../gateway/identity.js';
import { troubleOf, type Trouble } from '../gateway/trouble.js';
import { ActButton } from '../parts/act-button.js';
import { Mark } from './mark.js';
import { SsoSection } from './sso-section.js';
import { TroubleNote } from './trouble-note.js';

interface SignInPageProps {
  /** What came before: a link that did not work, a session that ended. */
  readonly before: { readonly title: string; readonly text: string } | null;
  readonly onSignedIn: (me: Me) => void;
}

/** How to get in: with an identity provider where there is one, by a link from the command line, or with an API key. */
export function SignInPage({ before, onSignedIn }: SignInPageProps) {
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);

  const signIn = async (apiKey: string): Promise<void> => {
    setBusy(true);
    setTrouble(null);
    try {
      onSignedIn(await signInWithKey(apiKey));
    } catch (error) {
      setTrouble(keyTrouble(troubleOf(error)));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Card title="Sign in to Parley">
      {before !== null && (
        <div className="trouble" role="alert">
          <p className="trouble-title">{before.title}</p>
          <p>{before.text}</p>
        </div>
      )}
      <SsoSection />
      <section aria-labelledby="by-link">
        <h2 id="by-link">With a one-time link</h2>
        <p>On the machine where the gateway runs, type this and open the link it prints. It works once, within an hour.</p>
        <pre className="command" tabIndex={0}>
          <code>./parley login</code>
        </pre>
      </section>
      <section aria-labelledby="by-key">
        <h2 id="by-key">
          <label htmlFor="api-key">With an API key</label>
        </h2>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const key = new FormData(event.currentTarget).get('apiKey');
            if (!busy && typeof key === 'string' && key.trim() !== '') void signIn(key.trim());
          }}
        >
          <div className="field-row">
            <input id="api-key" name="apiKey" type="password" placeholder="pk_…" autoComplete="off" spellCheck={false} required />
            <ActButton type="submit" className="primary" off={busy}>
              {busy ? 'Signing in' : 'Sign in'}
            </ActButton>
          </div>
        </form>
        {trouble !== null && <TroubleNote trouble={trouble} />}
      </section>
    </Card>
  );
}

/** A quiet card in the middle of the page. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="card-page">
      <div className="card">
        <Mark />
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

function keyTrouble(trouble: Trouble): Trouble {
  if (trouble.code !== 'unauthenticated') return trouble;
  return { ...trouble, title: 'This key does not open the door', suggestion: 'Check that it is whole, not revoked and not expired.' };
}
