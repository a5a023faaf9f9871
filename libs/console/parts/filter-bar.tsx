import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { visibleText } from '#libs/contracts';

const PAUSE_MS = 250;

/** The row above a list. */
export function FilterBar({ children }: { readonly children: ReactNode }) {
  return (
    <div className="filters" role="search">
      {children}
    </div>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Text that is searched for a moment after the last key. `/` leads here. */
export function SearchField({ label, value, onChange }: FieldProps) {
  const [text, typed] = useTyped(value, onChange, (next) => next);
  return (
    <label className="filter search-field">
      <span className="visually-hidden">{label}</span>
      <input type="search" value={text} placeholder={label} maxLength={256} spellCheck={false} onChange={(event) => typed(event.target.value)} />
    </label>
  );
}

interface SuggestProps extends FieldProps {
  /** An example of what fits. */
  readonly example: string;
  /** Value and word of what one may choose instead of typing. */
  readonly suggestions: readonly (readonly [string, string])[];
  /** What is searched for when this was typed; null while it is not whole. */
  readonly meant: (typed: string) => string | null;
}

/** Text to be typed or chosen from what is suggested. */
export function SuggestField({ label, value, example, suggestions, meant, onChange }: SuggestProps) {
  const id = useId();
  const [text, typed] = useTyped(value, onChange, meant);
  return (
    <label className="filter suggest-field">
      <span>{label}</span>
      <input list={id} value={text} placeholder={example} maxLength={300} spellCheck={false} autoComplete="off" onChange={(event) => typed(event.target.value)} />
      <datalist id={id}>
        {suggestions.map(([one, word]) => (
          <option key={one} value={one} label={word} />
        ))}
      </datalist>
    </label>
  );
}

/** What stands in a field, and what to do at each key: `onChange` hears of it a moment after the last. */
function useTyped(value: string, onChange: (value: string) => void, meant: (typed: string) => string | null): readonly [string, (next: string) => void] {
  const [text, setText] = useState(visibleText(value));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(visibleText(value));
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const typed = (next: string): void => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const wanted = meant(next.trim());
      if (wanted === null) return;
      sent.current = wanted;
      onChange(wanted);
    }, PAUSE_MS);
  };
  return [text, typed];
}

interface ChoiceProps extends FieldProps {
  /** Value and word; the value '' stands for all. */
  readonly choices: readonly (readonly [string, string])[];
}

export function ChoiceField({ label, value, choices, onChange }: ChoiceProps) {
  return (
    <label className="filter">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {choices.map(([one, word]) => (
          <option key={one} value={one}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}
