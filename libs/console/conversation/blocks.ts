/** A stretch of an answer: prose, what stood between code fences, or indented lines whose words stand in columns. */
export interface Block {
  readonly kind: 'prose' | 'code' | 'columns';
  readonly language: string;
  readonly text: string;
}

const INDENTED = /^ {2,}\S/;
const COLUMNS = /\S {2,}\S/;
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$/;

/** Splits an answer at code fences (CommonMark section 4.5); an unclosed fence runs to the end, as it does while text streams in. */
export function toBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let fence: { readonly mark: string; readonly language: string } | null = null;

  const close = (): void => {
    const content = lines.join('\n');
    if (fence !== null) blocks.push({ kind: 'code', language: fence.language, text: content });
    else blocks.push(...proseAndColumns(lines));
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

function proseAndColumns(lines: readonly string[]): Block[] {
  const runs: { readonly indented: boolean; readonly lines: string[] }[] = [];
  for (const line of lines) {
    const indented = INDENTED.test(line);
    const last = runs.at(-1);
    if (last?.indented === indented) last.lines.push(line);
    else runs.push({ indented, lines: [line] });
  }
  const blocks: Block[] = [];
  for (const run of runs) {
    const kind = run.indented && run.lines.some((line) => COLUMNS.test(line.trimStart())) ? 'columns' : 'prose';
    const last = blocks.at(-1);
    const text = run.lines.join('\n');
    if (kind === 'prose' && last?.kind === 'prose') blocks.splice(-1, 1, { ...last, text: `${last.text}\n${text}` });
    else blocks.push({ kind, language: '', text });
  }
  return blocks
    .filter(({ text }) => text.trim() !== '')
    .map((block) => (block.kind === 'prose' ? { ...block, text: block.text.replace(/^\n+|\n+$/g, '') } : block));
}
