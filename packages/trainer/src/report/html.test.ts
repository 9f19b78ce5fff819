import { expect, test } from 'vitest';
import { escapeHtml, html, nameHtml } from './html.ts';

test('escapes the five characters that can leave text or an attribute', () => {
  expect(escapeHtml(`<a href="x" title='y'>&amp;`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;');
});

test('escapes values, not the template, and not what is escaped already', () => {
  const inner = html`<b>${'<i>'}</b>`;
  expect(html`<p title="${'"'}">${inner}${[inner, 2, '&']}</p>`.text).toBe(
    '<p title="&quot;"><b>&lt;i&gt;</b><b>&lt;i&gt;</b>2&amp;</p>',
  );
});

test('isolates the direction of a name', () => {
  expect(nameHtml('<\u202e').text).toBe('<bdi>&lt;\u202e</bdi>');
});
