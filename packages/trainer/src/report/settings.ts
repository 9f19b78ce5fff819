import { inspect } from 'node:util';
import { dash } from './format.ts';
import { type Html, html } from './html.ts';

/** Longer values are folded away, so that a table of tuned kernels doesn't bury the learning rate. */
const longestOpenValue = 160;

/** A setting by its dotted path. */
export interface Setting {
  readonly path: string;
  readonly value: string;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

function showValue(value: unknown): string {
  if (value === undefined || value === null || value === '') return dash;
  if (typeof value === 'string') return value;
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 6, maxArrayLength: 1000, compact: true });
}

/** Turns nested settings into rows such as `augment.rotate`; what is nested deeper than `depth` is written as one value. */
export function flattenSettings(record: Readonly<Record<string, unknown>>, depth = 4): Setting[] {
  return Object.entries(record).flatMap(([key, value]): Setting[] =>
    isRecord(value) && depth > 1
      ? flattenSettings(value, depth - 1).map((inner) => ({ path: `${key}.${inner.path}`, value: inner.value }))
      : [{ path: key, value: showValue(value) }],
  );
}

/** A section of names and values: the configuration, or the machine. */
export function settingsSection(id: string, heading: string, record: Readonly<Record<string, unknown>>): Html {
  const settings = flattenSettings(record);
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>
${
  settings.length === 0
    ? html`<p class="note">Not recorded.</p>`
    : html`<table class="settings"><tbody>${settings.map(
        ({ path, value }) => html`<tr><th scope="row">${path}</th><td>${
          value.length > longestOpenValue
            ? html`<details><summary>${value.slice(0, 40)}…</summary>${value}</details>`
            : value
        }</td></tr>
`,
      )}</tbody></table>`
}</section>`;
}
