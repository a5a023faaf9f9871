/** A stretch of an answer: prose, or what stood between code fences. */
export interface Block {
  readonly kind: 'prose' | 'code';
  readonly language: string;
  readonly text: string;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$/;

/** Splits an answer at code fences (CommonMark section 4.5); an unclosed fence runs to the end, as it does while text streams in. */
export function toBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let fence: { readonly mark: string; readonly language: string } | null = null;

  const close = (): void => {
    const content = lines.join('\n');
    if (fence !== null) blocks.push({ kind: 'code', language: fence.language, text: content });
    else if (content.trim() !== '') blocks.push({ kind: 'prose', language: '', text: content.replace(/^\n+|\n+$/g, '') });
    lines = [];
  };

  for (const line of text.split('\n')) {
    if (fence === null) {
      const opening = FENCE.exec(line);
      if (opening === null) {
        lines.push(line);
        continue;
      }
      close();
      fence = { mark: opening[1] ?? '```', language: opening[2] ?? '' };
    } else if (line.trim().startsWith(fence.mark) && line.trim().replaceAll(fence.mark.charAt(0), '') === '') {
      close();
      fence = null;
    } else lines.push(line);
  }
  close();
  return blocks;
}
