import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';

interface ComposerProps {
  /** A change moves the focus here. */
  readonly focusKey: string;
  readonly answering: boolean;
  readonly disabled: boolean;
  readonly onSend: (text: string) => boolean;
  readonly onStop: () => void;
}

/** Where one writes: Enter sends, Shift+Enter begins a line. While an answer runs, Stop ends it. */
export function Composer({ focusKey, answering, disabled, onSend, onStop }: ComposerProps) {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    focusWhereKeysAre(field.current);
  }, [focusKey]);

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const send = (): void => {
    if (text.trim() !== '' && onSend(text)) setText('');
    field.current?.focus();
  };
  /** The button goes with the answer, and the focus with it. */
  const stop = (): void => {
    onStop();
    focusWhereKeysAre(field.current);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="composer-box">
        <label className="visually-hidden" htmlFor="message">
          Message
        </label>
        <textarea
          id="message"
          ref={field}
          rows={1}
          value={text}
          dir="auto"
          placeholder="Write a message"
          aria-describedby="composer-keys"
          disabled={disabled}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={pressed}
        />
        {answering && (
          <button type="button" className="stop" onClick={stop}>
            Stop
          </button>
        )}
        <button type="submit" className="primary" disabled={disabled || text.trim() === ''}>
          Send
        </button>
      </div>
      <p id="composer-keys" className="keys">
        <kbd>Enter</kbd> sends · <kbd>Shift</kbd>+<kbd>Enter</kbd> new line · <kbd>Esc</kbd> stops an answer
      </p>
    </form>
  );
}

/** On a phone the focus would raise its keyboard over the conversation. */
function focusWhereKeysAre(field: HTMLTextAreaElement | null): void {
  if (matchMedia('(pointer: fine)').matches) field?.focus();
}
