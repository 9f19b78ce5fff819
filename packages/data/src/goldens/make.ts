/**
 * Writes pillow.json: what Pillow 9.4 on x86-64 makes of random cases, as digests. Run on a machine that has it:
 * `node packages/data/src/goldens/make.ts`.
 */
import { writeFileSync } from 'node:fs';
import { digestOf } from './digest.ts';
import { randomCases } from './cases.ts';
import { findPillow, pillowResults } from './pillow.ts';

const pillow = findPillow();
if (pillow === undefined) throw new Error('expected a Python with Pillow and numpy, found none');
const cases = randomCases(360, 94);
const results = pillowResults(pillow.python, cases);
const lines = cases.map((item, i) => JSON.stringify({ ...item, digest: digestOf(results[i]!) }));
const header = `{"pillow": ${JSON.stringify(pillow.version)}, "machine": "${process.arch}", "cases": [`;
writeFileSync(new URL('pillow.json', import.meta.url), `${header}\n${lines.join(',\n')}\n]}\n`);
