import { expect as within } from '@playwright/test';

/** Playwright's assertions with a deadline that holds on a busy machine too: what is awaited comes, or does not, whatever the machine does. */
export const expect = within.configure({ timeout: 30_000 });
