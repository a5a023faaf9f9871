import type { Strategy } from 'passport';

/** What a passport strategy came to. */
export type Verdict<User> =
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'failed'; readonly reason: string };

type Handler = (request: StrategyRequest, response: object, passed: (error?: Error) => void) => void;

/** What strategies look at of a request; they are never shown the real one, so no header of a stranger decides anything. */
export interface StrategyRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string>>;
  readonly session: Record<string, unknown>;
}

/**
 * Runs a strategy made for this one request and returns what it decided; throws what it reported as an error. Passport itself is
 * loaded here at the first sign-in; an instance of its own, because its global one would be shared by all gateways of a process.
 */
export async function runStrategy<User>(strategy: object, request: StrategyRequest): Promise<Verdict<User>> {
  if (!isStrategy(strategy)) throw new TypeError('Not a passport strategy');
  const { default: passport } = await import('passport');
  const instance = new passport.Passport();
  return new Promise((resolve, reject) => {
    const headers = new Map<string, string>();
    const response = {
      statusCode: 0,
      setHeader: (name: string, value: string) => void headers.set(name.toLowerCase(), value),
      end: () => resolve({ kind: 'redirect', url: headers.get('location') ?? '' }),
    };
    const decided = (error: Error | null, user: User | false | null | undefined, info: unknown): void => {
      if (error) reject(error);
      else if (user) resolve({ kind: 'user', user });
      else resolve({ kind: 'failed', reason: messageOf(info) });
    };
    const handle: Handler = instance.authenticate(strategy, { session: false }, decided);
    handle(request, response, (error) => reject(error ?? new Error('The strategy passed without a decision')));
  });
}

function messageOf(info: unknown): string {
  return typeof info === 'object' && info !== null && 'message' in info && typeof info.message === 'string' ? info.message : 'refused';
}

/** The strategies' own types differ from passport's in what `this` is. */
function isStrategy(value: object): value is Strategy {
  return 'authenticate' in value && typeof value.authenticate === 'function';
}
