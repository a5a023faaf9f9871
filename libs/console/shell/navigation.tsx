import { Link } from '@tanstack/react-router';
import type { Summary } from '#libs/contracts';
import { LiveDot } from '../live/live-dot.js';
import { useWatch } from '../live/watch-provider.js';
import { amount } from '../parts/figures.js';
import { OutsideText } from '../views/outside-text.js';
import { Icon } from './icon.js';
import { mayDo, useMe } from './me.js';
import { NAV_GROUPS, PAGES } from './pages.js';
import { useRoom } from './room.js';
import { ThemeSwitch } from './theme-switch.js';

/** Every page that one may see, in its group; below it who one is, and the way out. */
export function Navigation() {
  const me = useMe();
  const { onSignOut } = useRoom();
  const pages = PAGES.filter(({ needs }) => mayDo(me, needs));
  return (
    <>
      <nav className="console-nav" aria-label="Console">
        {NAV_GROUPS.map((group) => {
          const own = pages.flatMap(({ path, title, nav }) => (nav?.group === group ? [{ path, title, nav }] : []));
          if (own.length === 0) return null;
          return (
            <section key={group} aria-label={group}>
              <p className="nav-group">{group}</p>
              <ul>
                {own.map(({ path, title, nav }) => (
                  <li key={path}>
                    <Link to={path} activeOptions={{ exact: path === '/', includeSearch: false }}>
                      <Icon name={nav.icon} />
                      {title}
                      {nav.count !== undefined && <Count of={nav.count} />}
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
        <ul className="nav-away">
          <li>
            <a href="/playground">
              <Icon name="play" />
              Playground
            </a>
          </li>
          <li>
            <a href="/docs">
              <Icon name="book" />
              API reference
            </a>
          </li>
        </ul>
      </nav>
      <footer className="nav-foot">
        <div className="nav-foot-row">
          <LiveDot />
          <button type="button" className="quiet" onClick={onSignOut}>
            Sign out
          </button>
        </div>
        <p className="nav-me" title={`${me.kind} ${me.id}`}>
          <OutsideText>{me.name ?? me.id}</OutsideText>
          <span>
            {me.role ?? me.kind} in <OutsideText>{me.tenantId}</OutsideText>
          </span>
        </p>
        <ThemeSwitch />
      </footer>
    </>
  );
}

function Count({ of }: { readonly of: (summary: Summary) => number }) {
  const { summary } = useWatch();
  const count = summary === null ? 0 : of(summary);
  return count === 0 ? null : <span className="nav-count">{amount(count)}</span>;
}
