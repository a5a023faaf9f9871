import { toBlocks } from '../conversation/blocks.js';
import { OutsideText } from './outside-text.js';
import { useCopy } from './use-copy.js';

/** An answer as prose and code. Nothing in it becomes markup. */
export function AnswerText({ text, streaming }: { text: string; streaming: boolean }) {
  return (
    <div className={streaming ? 'answer-text streaming' : 'answer-text'}>
      {toBlocks(text).map((block, index) =>
        block.kind === 'code' ? (
          <Code key={index} language={block.language} text={block.text} />
        ) : (
          <p key={index} dir="auto">
            <OutsideText>{block.text}</OutsideText>
          </p>
        ),
      )}
    </div>
  );
}

function Code({ language, text }: { language: string; text: string }) {
  const { label, copy } = useCopy();
  return (
    <figure className="code">
      <figcaption>
        <span>{language === '' ? 'text' : language}</span>
        <button type="button" className="quiet" onClick={() => copy(text)}>
          {label}
        </button>
      </figcaption>
      <pre tabIndex={0} aria-label="Code">
        <code>
          <OutsideText>{text}</OutsideText>
        </code>
      </pre>
    </figure>
  );
}
