import { z } from 'zod';

const MICROS = 1_000_000;
const NANOS_PER_MICRO = 1000;

/** An amount in US dollars that is a whole number of millionths; it is counted in integers. */
export const UsdSchema = z
  .number()
  .positive()
  .max(1_000_000)
  .refine((usd) => Math.abs(usd * MICROS - Math.round(usd * MICROS)) < 1e-4, 'must have at most 6 decimals');

/** The amount in billionths of a dollar, exact to the millionth. */
export function toNanoUsd(usd: number): number {
  return Math.round(usd * MICROS) * NANOS_PER_MICRO;
}
