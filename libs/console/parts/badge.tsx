export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'quiet';

/** A state in one word; the word says it, the colour only helps. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span className="badge" data-tone={tone}>
      {children}
    </span>
  );
}
