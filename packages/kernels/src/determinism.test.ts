import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { arch, execPath } from 'node:process';
import { describe, expect, it, type TestContext } from 'vitest';
import { digests } from './testing/strict-digest.ts';

const script = join(import.meta.dirname, 'testing', 'strict-digest.ts');

/** What {@link digests} gives in a process with such flags, or undefined if this Node.js does not know them. */
function digestsWith(build: string, flags: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(execPath, [...flags, script, build], { encoding: 'utf8' });
  if (status === 9 && stderr.includes('bad option')) return undefined;
  if (status !== 0) throw new Error(`strict-digest.ts ${build} failed with ${status}:\n${stderr}`);
  return JSON.parse(stdout);
}

function withFlags(context: TestContext, build: string, flags: readonly string[]): unknown {
  const result = digestsWith(build, flags);
  if (result === undefined) context.skip(`this Node.js does not know ${flags.join(' ')}`);
  return result;
}

describe('the strict build', () => {
  // Pinned: nothing in it depends on the machine, so these are the digests on every one. Whoever changes what a kernel
  // computes, or its order, sees it here, and writes the new digests down knowingly: the test prints them.
  it('has these bits on every machine', () => {
    expect(digests('strict')).toMatchInlineSnapshot();
  });

  it.each([
    ['no fused multiply-add', ['--no-enable-fma3', '--no-liftoff']],
    ['the baseline compiler', ['--liftoff-only']],
    ['no AVX', ['--no-enable-avx', '--no-liftoff']],
    ['no flags', []],
  ])('has the same bits with %s', (_, flags) => {
    return (context: TestContext) => expect(withFlags(context, 'strict', flags)).toEqual(digests('strict'));
  });
});
