import { visibleText } from '../conversation/visible-text.js';

/** Text from outside: shown as text, kept apart from the direction of writing around it. */
export function OutsideText({ children }: { children: string }) {
  return <bdi dir="auto">{visibleText(children)}</bdi>;
}
