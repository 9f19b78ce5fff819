/** What stands where a figure was not measured. */
export const dash = '–';

/** Narrow no-break space between a number and its unit. */
const gap = '\u202f';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Whole number with thousands separators: 60,000. */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? grouped.format(value) : dash;
}

/** Share of 1 as a percentage. Rounds, but says 100 only of the whole and 0 only of nothing. */
export function formatPercent(share: number | undefined, digits = 2): string {
  if (share === undefined || !Number.isFinite(share)) return dash;
  const smallest = 10 ** -digits;
  const percent = share * 100;
  const shown =
    share > 0 && share < 1
      ? Math.min(Math.max(percent, smallest), 100 - smallest).toFixed(digits)
      : percent.toFixed(digits);
  return `${shown}${gap}%`;
}

/** Four significant digits without trailing zeros: 0.0231, 2.303, 1.2e-7. For losses and learning rates. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return dash;
  return String(Number(value.toPrecision(4)));
}

/** Probability to three decimals with its relation, "= 0.042"; says 0 and 1 only where they are exact. */
export function formatProbability(value: number): string {
  if (!Number.isFinite(value)) return `= ${dash}`;
  if (value > 0 && value < 0.0005) return '< 0.001';
  if (value < 1 && value >= 0.9995) return '> 0.999';
  return `= ${value.toFixed(3)}`;
}

/** Time in the two largest units: 8.4 s, 1 min 8 s, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return dash;
  if (seconds < 59.95) return `${seconds.toFixed(1)}${gap}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}${gap}min ${whole % 60}${gap}s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))}${gap}h ${minutes % 60}${gap}min`;
}

const dateFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

/** ISO date as a person writes it, in UTC; what is no date comes back as it is. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${dateFormat.format(date)} UTC`;
}

/** The number with its noun: 1 step, 2 steps. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(value)} ${value === 1 ? noun : plural}`;
}

/** Name of a class, or its number where the data set has no name for it. */
export function className(classes: readonly string[], index: number): string {
  return classes[index] ?? `#${index}`;
}
