import { describe, expect, it } from 'vitest';
import { ConciergeModel } from '../../src/orchestrator/models/concierge-model.js';
import { LocalModel } from '../../src/orchestrator/models/model.js';

describe('the built-in agent', () => {
  it('answers /echo with exactly the text', async () => {
    const parts = [];
    const model = new LocalModel('local/concierge', new ConciergeModel());
    for await (const part of model.stream({ prompt: [{ role: 'user', content: [{ type: 'text', text: '/echo  a\nb 😀 ' }] }] })) parts.push(part);
    expect(parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('')).toBe(' a\nb 😀 ');
  });
});
