import { UsageReportSchema, type UsageReport } from '#libs/contracts';
import { useOne } from '../gateway/use-one.js';
import { ChoiceField, FilterBar } from '../parts/filter-bar.js';
import { Page as PageFrame } from '../parts/page.js';
import { Panel } from '../parts/panel.js';
import { Reading } from '../parts/reading.js';
import { useFilters } from '../parts/use-filters.js';
import { OutsideText } from '../views/outside-text.js';
import { DayBars, type Day } from './day-bars.js';
import '../styles/admin.css';

type Item = UsageReport['items'][number];

/** What models were used for: tokens and money, by day, by agent and by who asked. */
export function Page() {
  const [filters, setFilters] = useFilters('period');
  const period = filters.period === 'day' ? 'day' : 'month';
  const read = useOne(`/api/v1/usage?period=${period}`, UsageReportSchema, { refreshMs: 5_000 });
  return (
    <PageFrame title="Usage" lead="Tokens and money of the tenant, by UTC day.">
      <FilterBar>
        <ChoiceField label="Since the beginning of" value={period} choices={[['month', 'this month'], ['day', 'today']]} onChange={(next) => setFilters({ period: next })} />
      </FilterBar>
      <Reading one={read} />
      {read.value !== null && <Report report={read.value} />}
    </PageFrame>
  );
}

function Report({ report: { totals, days, items, prices, complete, period, from, to } }: { readonly report: UsageReport }) {
  return (
    <>
      <ul className="figures">
        <Figure name="Tokens" value={(totals.inputTokens + totals.outputTokens).toLocaleString('en')} />
        <Figure name="Into models" value={totals.inputTokens.toLocaleString('en')} />
        <Figure name="Out of models" value={totals.outputTokens.toLocaleString('en')} />
        <Figure name="Calls" value={totals.calls.toLocaleString('en')} />
        <Figure name="US dollars" value={moneyText(totals.costUsd)} />
      </ul>
      {period === 'month' && (
        <div className="two-columns">
          <Panel title="Tokens a day"><DayBars label="Tokens a day" days={byDay(days, from, to, (day) => day.inputTokens + day.outputTokens)} format={(value) => value.toLocaleString('en')} /></Panel>
          <Panel title="US dollars a day"><DayBars label="US dollars a day" days={byDay(days, from, to, (day) => day.costUsd ?? 0)} format={moneyText} /></Panel>
        </div>
      )}
      <div className="two-columns usage-tables">
        <Panel title="By who asked"><Ranking items={items} of={({ principal }) => `${principal.kind} ${principal.id}`} head="Who" /></Panel>
        <Panel title="By agent and model"><Ranking items={items} of={({ agent, model }) => `${agent} · ${model}`} head="Agent and model" /></Panel>
      </div>
      <p className="soft">{complete ? '' : 'Only the largest thousand entries are told apart here; the totals count all. '}Prices of {prices}. A model whose price is not known is not counted in dollars.</p>
    </>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <li>
      <span>{name}</span>
      <strong>{value}</strong>
    </li>
  );
}

const MOST = 20;

function Ranking({ items, of, head }: { readonly items: readonly Item[]; readonly of: (item: Item) => string; readonly head: string }) {
  const rows = ranked(items, of);
  if (rows.length === 0) return <p className="soft">No model was asked.</p>;
  const most = rows[0]?.tokens ?? 1;
  return (
    <table className="ranking">
      <thead>
        <tr>
          <th scope="col">{head}</th>
          <th scope="col" data-align="end">Tokens</th>
          <th scope="col" data-align="end">US dollars</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, MOST).map(({ name, tokens, cost }) => (
          <tr key={name}>
            <th scope="row">
              <OutsideText>{name}</OutsideText>
              <meter min={0} max={Math.max(1, most)} value={tokens} aria-hidden="true" />
            </th>
            <td data-align="end">{tokens.toLocaleString('en')}</td>
            <td data-align="end">{moneyText(cost)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ranked(items: readonly Item[], of: (item: Item) => string): { name: string; tokens: number; cost: number | null }[] {
  const sums = new Map<string, { tokens: number; cost: number | null }>();
  for (const item of items) {
    const { tokens, cost } = sums.get(of(item)) ?? { tokens: 0, cost: null };
    sums.set(of(item), { tokens: tokens + item.inputTokens + item.outputTokens, cost: item.costUsd === null ? cost : (cost ?? 0) + item.costUsd });
  }
  return [...sums].map(([name, sum]) => ({ name, ...sum })).sort((one, other) => other.tokens - one.tokens);
}

const DAY_MS = 86_400_000;

/** Each day of the period, those without use included. */
function byDay(days: UsageReport['days'], from: string, to: string, amount: (day: UsageReport['days'][number]) => number): Day[] {
  const sums = new Map<string, number>();
  for (const day of days) sums.set(day.date, (sums.get(day.date) ?? 0) + amount(day));
  const all: Day[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) {
    const date = new Date(at).toISOString().slice(0, 10);
    all.push({ date, value: sums.get(date) ?? 0 });
  }
  return all;
}

function moneyText(amount: number | null): string {
  if (amount === null) return '–';
  return amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: amount > 0 && amount < 1 ? 4 : 2 });
}
