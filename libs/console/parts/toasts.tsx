import { useCallback, type ReactNode } from 'react';
import { Toast } from '@base-ui/react/toast';
import type { Trouble } from '../gateway/trouble.js';
import { OutsideText } from '../views/outside-text.js';

const LIMIT = 3;
const TROUBLE_MS = 15_000;

/** Says in a corner, and to screen readers, what an act came to. Trouble stays longer and is said at once. */
export function useTell(): { readonly done: (text: string) => void; readonly trouble: (trouble: Trouble) => void } {
  const { add } = Toast.useToastManager();
  const done = useCallback((text: string) => void add({ title: text, type: 'done' }), [add]);
  const trouble = useCallback(
    ({ title, detail }: Trouble) => void add({ title, description: detail, type: 'trouble', priority: 'high', timeout: TROUBLE_MS }),
    [add],
  );
  return { done, trouble };
}

export function Toasts({ children }: { readonly children: ReactNode }) {
  return (
    <Toast.Provider limit={LIMIT}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast" data-kind={toast.type}>
      <Toast.Content>
        <Toast.Title className="toast-title" />
        {typeof toast.description === 'string' && (
          <Toast.Description render={<p />}>
            <OutsideText>{toast.description}</OutsideText>
          </Toast.Description>
        )}
      </Toast.Content>
      <Toast.Close className="quiet" aria-label="Dismiss">
        ×
      </Toast.Close>
    </Toast.Root>
  ));
}
