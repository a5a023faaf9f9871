import { Mark } from './mark.js';

const THINGS = [
  { say: '/help', why: 'How to connect a model of your choice' },
  { say: 'What is 17.5 * 24 + 3?', why: 'A sum, worked out by a skill' },
  { say: 'What time is it?', why: 'The time, told by another' },
] as const;

/** What an empty conversation shows: three things to try. */
export function Guide({ onSend }: { onSend: (text: string) => void }) {
  return (
    <section className="guide" aria-labelledby="guide-title">
      <Mark />
      <h2 id="guide-title">Say something</h2>
      <p>Each message is kept before it is answered. You may close this page in the middle of an answer and find it finished later.</p>
      <ul>
        {THINGS.map(({ say, why }) => (
          <li key={say}>
            <button type="button" className="try" onClick={() => onSend(say)}>
              <span className="try-say">{say}</span>
              <span className="try-why">{why}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
