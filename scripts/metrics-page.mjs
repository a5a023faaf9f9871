// The page of figures, from the families of the registry.

/** Text of docs/metrics.md. `families` are those of prom-client: name, help, type, labelNames. */
export function metricsPage(families) {
  const rows = families
    .map(({ name, help, type, labelNames }) => `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ') || '–'} | ${help} |`)
    .sort()
    .join('\n');
  return (
    '# Metrics\n\n`GET /metrics` answers in the text format of Prometheus to the scope `metrics` or the role `viewer`. Values of labels come from closed ' +
    'lists, never ids, tenants or words of callers; of agents 50 are told apart, the others are `other`. Times are seconds. A dashboard for Grafana and ' +
    'rules for alerts are in `deploy/`.\n\n| family | type | labels | meaning |\n| --- | --- | --- | --- |\n' +
    `${rows}\n`
  );
}
