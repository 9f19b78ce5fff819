import { type Html, html } from './html.ts';

/** The commands that go on from a finished run; nothing where there are none. */
export function nextSection(commands: readonly string[]): Html {
  if (commands.length === 0) return html``;
  return html`<section aria-labelledby="next"><h2 id="next">How to go on</h2>
<ul class="commands">${commands.map((command) => html`<li><code>${command}</code></li>`)}</ul></section>`;
}
