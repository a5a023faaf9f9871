import { Field, textOf } from './field.js';

type Limits = Readonly<Record<string, number | null>>;

/** Fields for limits that may be left empty, which stands for none of their own. */
export function LimitFields({ names, limits, empty }: { readonly names: readonly string[]; readonly limits?: Limits; readonly empty: string }) {
  return (
    <fieldset className="form-limits">
      <legend>Limits</legend>
      <p className="form-hint">{empty}</p>
      <div className="form-grid">
        {names.map((name) => (
          <Field key={name} name={name} label={limitName(name)} type="number" min={isMoney(name) ? 0.000001 : 1} step={isMoney(name) ? 'any' : 1} defaultValue={limits?.[name] ?? undefined} />
        ))}
      </div>
    </fieldset>
  );
}

/** What was filled in; null where nothing was. */
export function limitsOf(form: FormData, names: readonly string[]): Record<string, number | null> {
  return Object.fromEntries(names.map((name) => [name, textOf(form, name) === '' ? null : Number(textOf(form, name))]));
}

/** The name of a limit in words: `messagesPerMinute` is Messages per minute. */
export function limitName(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/\busd\b/g, 'US dollars');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isMoney(name: string): boolean {
  return /usd/i.test(name);
}
