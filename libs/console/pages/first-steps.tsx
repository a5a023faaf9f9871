import { Page as PageFrame } from '../parts/page.js';
import { Guide } from './overview/guide.js';

/** The guide of the first screen, for those who come later. */
export function Page() {
  return (
    <PageFrame title="First steps" lead="The overview shows this while nobody has said anything; here it stays.">
      <Guide title="To an agent that answers your own program" />
    </PageFrame>
  );
}
