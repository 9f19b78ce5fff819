/** Figures as a person reads them. What was never measured, or is no number, is a dash. */

export const formatCount = (value: number): string =>
  Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '–';

/** Three or four digits, as tables of networks have them: `4,096`, `25K`, `3.2M`, `15.5G`. */
export function formatCompact(value: number): string {
  if (value < 1e4) return formatCount(value);
  if (value < 1e6) return `${Math.round(value / 1e3)}K`;
  return value < 1e9 ? `${(value / 1e6).toFixed(1)}M` : `${(value / 1e9).toFixed(1)}G`;
}

export const formatLoss = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? '–' : value.toFixed(4);

/** A share in [0, 1]: `99.31 %`. */
export const formatShare = (value: number | null, digits = 2): string =>
  value === null || !Number.isFinite(value) ? '–' : `${(value * 100).toFixed(digits)} %`;

/** `8 s`, `1:05 min`, `2:03 h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))} h`;
}

export const formatBytes = (bytes: number): string =>
  bytes < 1e9 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
