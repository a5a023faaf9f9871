import { visibleText } from '#libs/contracts';

/** Columns of text, the first line their names; each line ends with a line feed. What cells hold may come from outside. */
export function table(names: readonly string[], given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(asCell));
  const widths = names.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [names, ...rows].map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`).join('');
}

function asCell(text: string): string {
  return visibleText(text).replace(/[\t\n]+/g, ' ');
}
