export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median with the least and the most: the spread of a few rounds. */
export function summary(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}
