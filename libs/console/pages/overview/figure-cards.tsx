import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import type { Summary } from '#libs/contracts';
import { Chart, type Series } from '../../parts/chart.js';
import { amount, duration, rate, usd } from '../../parts/figures.js';

/** A minute; the charts grow to the three that are remembered. */
const PLACES = 60;
const REASONS = 3;
/** Of `2026-01-31`, with which a time begins. */
const DATE_LENGTH = 10;

interface FigureCardsProps {
  readonly summary: Summary;
  readonly history: readonly Summary[];
}

/** The figures of now over their last three minutes. */
export function FigureCards({ summary, history }: FigureCardsProps) {
  const { turns, rates, firstText, connections, channels, today, usage } = summary;
  const over = (pick: (one: Summary) => number | null) => history.map(pick);
  return (
    <div className="cards">
      <Card
        title="Turns per second"
        value={rate(rates.completed)}
        series={[
          { name: 'completed', values: over((one) => one.rates.completed) },
          { name: 'failed', values: over((one) => one.rates.failed), tone: 'danger' },
        ]}
        format={rate}
      >
        {amount(today.completed)} completed, {amount(today.failed)} failed, {amount(today.cancelled)} stopped today
      </Card>
      <Card
        title="Queue"
        to="/queue"
        value={amount(turns.queued)}
        series={[
          { name: 'waiting', values: over((one) => one.turns.queued) },
          { name: 'running', values: over((one) => one.turns.running), tone: 'soft' },
        ]}
        format={amount}
      >
        {turns.oldestQueuedAt === null ? 'Nothing waits' : `The oldest waits ${duration(Math.max(0, Date.parse(summary.at) - Date.parse(turns.oldestQueuedAt)))}`};{' '}
        {amount(turns.running)} running
      </Card>
      <Card
        title="Time to first text"
        value={firstText === null ? '–' : duration(firstText.p50Ms)}
        series={[
          { name: 'median', values: over((one) => one.firstText?.p50Ms ?? null) },
          { name: '95 of 100 within', values: over((one) => one.firstText?.p95Ms ?? null), tone: 'soft' },
        ]}
        format={duration}
      >
        {firstText === null ? 'No turn ended in the last 5 minutes' : `95 of 100 within ${duration(firstText.p95Ms)}, 99 within ${duration(firstText.p99Ms)}`}
      </Card>
      <Card title="Connections" to="/connections" value={amount(connections)} series={[{ name: 'open', values: over((one) => one.connections) }]} format={amount}>
        {channels
          .filter((channel) => channel.connections > 0)
          .map((channel) => `${amount(channel.connections)} ${channel.name}`)
          .join(', ') || 'Nobody is connected'}
      </Card>
      <Card
        title="Failures today"
        value={amount(today.failed)}
        series={[{ name: 'failed per second', values: over((one) => one.rates.failed), tone: 'danger' }]}
        format={rate}
      >
        <Reasons summary={summary} />
      </Card>
      <Card
        title="Tokens today"
        to="/usage"
        value={amount(usage.inputTokens + usage.outputTokens)}
        series={[{ name: 'tokens', values: over((one) => one.usage.inputTokens + one.usage.outputTokens) }]}
        format={amount}
      >
        {amount(usage.inputTokens)} in, {amount(usage.outputTokens)} out, {usage.costUsd === null ? 'price not known' : usd(usage.costUsd)}
      </Card>
    </div>
  );
}

/** Why turns failed. The gateway counts reasons from its start, or from midnight UTC when that is later; which of the two is said. */
function Reasons({ summary: { at, gateway, today, failures } }: { readonly summary: Summary }) {
  const since = gateway.startedAt.slice(0, DATE_LENGTH) === at.slice(0, DATE_LENGTH) ? 'since the gateway started' : 'today';
  if (failures.length === 0) return today.failed === 0 ? 'None' : `None ${since}`;
  return (
    <>
      Reasons {since}:
      <ul className="codes">
        {failures.slice(0, REASONS).map(({ code, count }) => (
          <li key={code}>
            <code>{code}</code> {amount(count)}
          </li>
        ))}
      </ul>
    </>
  );
}

interface CardProps {
  readonly title: string;
  readonly value: string;
  readonly to?: string;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  readonly children: ReactNode;
}

function Card({ title, value, to, series, format, children }: CardProps) {
  return (
    <section className="figure-card" aria-label={title}>
      <h2>{to !== undefined ? <Link to={to}>{title}</Link> : title}</h2>
      <p className="figure-value">{value}</p>
      <Chart label={title} series={series} length={PLACES} format={format} />
      <div className="figure-note">{children}</div>
    </section>
  );
}
