import { visibleText } from '#libs/contracts';

/** Lines of text from outside, shown as text; each line runs in the direction of its own words. */
export function OutsideProse({ children }: { readonly children: string }) {
  return <p className="outside-prose">{visibleText(children)}</p>;
}
