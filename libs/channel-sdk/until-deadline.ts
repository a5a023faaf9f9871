/** Resolves when the work is done or `deadline` is aborted, whichever is first; rejects when the work fails before. */
export function untilDeadline(deadline: AbortSignal, work: Promise<unknown>): Promise<void> {
  if (deadline.aborted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const passed = () => resolve();
    deadline.addEventListener('abort', passed, { once: true });
    work.then(passed, reject).finally(() => deadline.removeEventListener('abort', passed));
  });
}
