import type { ToolCall } from '../conversation/transcript.js';
import { OutsideText } from './outside-text.js';

const STATES = { ok: 'done', error: 'failed', denied: 'denied', running: 'running…' } as const;
const LENGTH_MAX = 20_000;

/** A call of a skill; unfolds to what went in and what came out. */
export function ToolRow({ tool }: { tool: ToolCall }) {
  const state = tool.outcome ?? 'running';
  return (
    <details className="tool" data-outcome={state}>
      <summary>
        <span className="tool-mark" aria-hidden="true" />
        <span className="tool-name">
          <OutsideText>{tool.skill}</OutsideText>
        </span>
        <span className="tool-hint">
          <OutsideText>{brief(tool.input)}</OutsideText>
        </span>
        <span className="tool-state">{STATES[state]}</span>
      </summary>
      <dl>
        <dt>Input</dt>
        <dd>
          <pre tabIndex={0}>
            <OutsideText>{pretty(tool.input)}</OutsideText>
          </pre>
        </dd>
        {tool.outcome !== null && (
          <>
            <dt>Output</dt>
            <dd>
              <pre tabIndex={0}>
                <OutsideText>{pretty(tool.output)}</OutsideText>
              </pre>
            </dd>
          </>
        )}
      </dl>
    </details>
  );
}

function pretty(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'nothing');
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}\n… ${text.length - LENGTH_MAX} more characters` : text;
}

function brief(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value.slice(0, 80) : '';
  return Object.values(value)
    .filter((item) => typeof item === 'string' || typeof item === 'number')
    .join(' · ')
    .slice(0, 80);
}
