import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { caseSchema, ourResult, randomCases } from '../goldens/cases.ts';
import { digestOf } from '../goldens/digest.ts';
import { operations } from '../goldens/operations.ts';
import { findPillow, pillowResults } from '../goldens/pillow.ts';

const goldens = z
  .object({ cases: z.array(caseSchema.extend({ digest: z.string() })) })
  .parse(JSON.parse(readFileSync(new URL('../goldens/pillow.json', import.meta.url), 'utf8')));

describe("operations have Pillow's bytes", () => {
  it('as recorded from Pillow 9.4 on x86-64', () => {
    expect(goldens.cases.length).toBe(360);
    expect(new Set(goldens.cases.map(({ op }) => op))).toEqual(new Set(Object.keys(operations)));
    const wrong = goldens.cases.filter(({ digest, ...item }) => digestOf(ourResult(item).data) !== digest);
    expect(wrong).toEqual([]);
  });

  // Compilers for other processors may fuse multiplications and additions in Pillow.
  const pillow = process.arch === 'x64' ? findPillow() : undefined;
  const reason = pillow ? `Pillow ${pillow.version}` : 'skipped: it takes an x86-64 machine with Pillow and numpy';
  it.skipIf(pillow === undefined)(`in 6,000 random cases, live (${reason})`, () => {
    const cases = randomCases(6000, 1);
    const expected = pillowResults(pillow!.python, cases);
    const wrong = cases.filter((item, i) => Buffer.compare(ourResult(item).data, expected[i]!) !== 0);
    expect(wrong).toEqual([]);
  });
});
