import { visibleText } from '#libs/contracts';
import { toBlocks, type Block } from '../conversation/blocks.js';
import { OutsideProse } from './outside-prose.js';
import { OutsideText } from './outside-text.js';
import { useCopy } from './use-copy.js';

/** An answer as prose, columns and code. Nothing in it becomes markup. */
export function AnswerText({ text, streaming }: { text: string; streaming: boolean }) {
  return (
    <div className={streaming ? 'answer-text streaming' : 'answer-text'}>
      {toBlocks(text).map((block, index) => (
        <Stretch key={index} block={block} />
      ))}
    </div>
  );
}

function Stretch({ block }: { block: Block }) {
  switch (block.kind) {
    case 'code':
      return <Code language={block.language} text={block.text} />;
    case 'columns':
      return (
        <pre className="columns">
          <OutsideText>{block.text}</OutsideText>
        </pre>
      );
    case 'prose':
      return <OutsideProse>{block.text}</OutsideProse>;
  }
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
        <code dir="ltr">{visibleText(text)}</code>
      </pre>
    </figure>
  );
}
