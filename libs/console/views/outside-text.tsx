import { visibleText } from '#libs/contracts';

/** Text from outside: shown as text, kept apart from the direction of writing around it. */
export function OutsideText({ children }: { children: string }) {
  return <bdi dir="auto">{visibleText(children)}</bdi>;
}
