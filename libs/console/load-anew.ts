const KEY = 'parley.loaded-anew';
const AGAIN_AFTER_MS = 60_000;

/** A part of the page that is not there any more (the gateway was updated) loads the whole anew; at most once a minute. */
export function loadAnewWhenReplaced(): void {
  addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < AGAIN_AFTER_MS) return;
    sessionStorage.setItem(KEY, String(Date.now()));
    event.preventDefault();
    location.reload();
  });
}
