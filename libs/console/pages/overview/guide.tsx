import { Link } from '@tanstack/react-router';
import { z } from 'zod';
import { AgentSchema } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { useOne } from '../../gateway/use-one.js';
import { OutsideText } from '../../views/outside-text.js';
import { useCopy } from '../../views/use-copy.js';
import { useMay } from '../../shell/me.js';

const AgentsSchema = z.object({ items: z.array(AgentSchema) });

/** What to do first: three steps, under a title of its own. */
export function Guide({ title }: { readonly title: string }) {
  const { value: agents } = useOne('/api/v1/control-plane/agents?limit=50', AgentsSchema);
  const mayMakeKeys = useMay(PERMISSIONS.manageKeys);
  const connected = agents?.items.find(({ model }) => model !== null && !model.startsWith('local/'));
  return (
    <section className="first-steps" aria-labelledby="first-steps">
      <h2 id="first-steps">{title}</h2>
      <p className="soft">Three steps; each works without the one before.</p>
      <ol>
        <li>
          <h3>Talk to the agent that is built in</h3>
          <p>
            It needs no network and no key. Open the <a href="/playground">playground</a> and say something; the <Link to="/">overview</Link> begins to move.
          </p>
        </li>
        <li>
          <h3>Connect a model</h3>
          {connected === undefined ? (
            <>
              <p>Set the model and its provider’s key, then start the gateway again. A provider that speaks like OpenAI works, too.</p>
              <Command text="AGENT_MODEL=openai/gpt-5 OPENAI_API_KEY=… npm start" />
            </>
          ) : (
            <p>
              Done: <code><OutsideText>{connected.name}</OutsideText></code> asks <code><OutsideText>{connected.model ?? ''}</OutsideText></code>.
            </p>
          )}
        </li>
        <li>
          <h3>Send from a program</h3>
          <p>
            {mayMakeKeys ? (
              <>
                Make a key on the page <Link to="/keys">Keys</Link>, or on the command line.
              </>
            ) : (
              'Make a key on the command line.'
            )}{' '}
            All doors are in the <a href="/docs">API reference</a>.
          </p>
          <Command text="./parley keys create --name first --scopes messages" />
          <Command
            text={`curl -sN ${location.origin}/api/v1/chat/stream -H "Authorization: Bearer $PARLEY_API_KEY" -H 'Content-Type: application/json' -d '{"content":"hello"}'`}
          />
        </li>
      </ol>
    </section>
  );
}

function Command({ text }: { readonly text: string }) {
  const { label, copy } = useCopy();
  return (
    <div className="command-row">
      <pre tabIndex={0} aria-label="Command">
        <code>{text}</code>
      </pre>
      <button type="button" className="quiet" onClick={() => copy(text)} aria-label={`${label} command`}>
        {label}
      </button>
    </div>
  );
}
