import { useNavigate } from '@tanstack/react-router';
import { client } from '../../gateway/client.js';
import { useAct } from '../../gateway/use-act.js';
import { ActButton } from '../../parts/act-button.js';
import { useConfirm } from '../../parts/confirm.js';
import { OutsideText } from '../../views/outside-text.js';

/** Ends a session for good, after a second yes. */
export function EndSession({ id, title }: { readonly id: string; readonly title: string | null }) {
  const confirm = useConfirm();
  const navigate = useNavigate();
  const { busy, act } = useAct();

  const end = async (): Promise<void> => {
    const yes = await confirm({
      title: 'End this session?',
      text: (
        <p>
          Turns that run or wait are cancelled, everyone who listens is told, and all that was said in {title === null ? 'it' : <q><OutsideText>{title}</OutsideText></q>} is gone
          for good. The audit keeps its id.
        </p>
      ),
      action: 'End session',
    });
    if (!yes) return;
    const ended = await act(() => client.deleteSession(id), { done: 'The session is ended', refresh: ['/api/v1/sessions'] });
    if (ended !== null) await navigate({ to: '/sessions' });
  };

  return (
    <ActButton className="secondary" off={busy} onClick={() => void end()}>
      End session
    </ActButton>
  );
}
