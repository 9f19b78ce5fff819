import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { describe, expect, it, type TestContext } from 'vitest';
import type { KernelBuild } from './module.ts';
import { digests } from './testing/strict-digest.ts';

const script = join(import.meta.dirname, 'testing', 'strict-digest.ts');

/** What {@link digests} gives in a process with such flags; skips the test if this Node.js does not know them. */
function digestsWith(context: TestContext, build: KernelBuild, flags: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(execPath, [...flags, script, build], { encoding: 'utf8' });
  if (status === 9 && stderr.includes('bad option')) context.skip(`this Node.js does not know ${flags.join(' ')}`);
  if (status !== 0) throw new Error(`${script} ${build} failed with ${status}:\n${stderr}`);
  return JSON.parse(stdout);
}

type Row = readonly [what: string, flags: readonly string[]];

describe('the strict build', () => {
  // Nothing in it depends on the machine, so that these are the digests on every one. Whoever changes what a kernel
  // computes, or in which order, sees it here, and writes the new digests down knowingly.
  it('has these bits on every machine', () => {
    expect(digests('strict')).toEqual({
      convolution: 'a2665013c8e52e71',
      firstLayer: '93b70d2d1bc1fb05',
      winograd: '5007ecbd4a1b9fd0',
      winogradOfManyWeights: '12cd66b7d55b7f4e',
      karatsuba: '2e77d09923242028',
      transposedConvolution: 'fb1932ae2dbf0e30',
      locallyConnected: '5989e57312228ce5',
      pixelLanes: '152b35485932b4fb',
      pad2d: '512d6d24c7f9e899',
      matmul: '2e4622b8d6fe79a9',
      pool: 'bcb02599bbd50702',
      poolVariants: 'b318b19f73f61a40',
      upsample: '6d54a170b99bf56e',
      batchNorm: 'f51841a845ba6428',
      batchNormResidual: '0394a56422f1b83a',
      layerNorm: 'f1f57f675cf52916',
      groupNorm: '254ab410482fabd9',
      localResponseNorm: '0fd0d8cb74644761',
      relu: 'b5986f115bcd88f8',
      activations: 'f9093a15070a0573',
      dropout: 'aaa80132e293fd76',
      multiply: '7818eea02a7340f8',
      softmaxCrossEntropy: 'b2dc7d482e246e71',
      losses: '87d7046eb19883db',
      sgd: '8a17a7637add769d',
      adam: '32e2154dee784be6',
      adagrad: '3c08db7d5e226beb',
      rmsprop: '4f1e53798ddeb19d',
      lion: '21bd0d7200d9958f',
      lars: 'cb67498632f4e2ef',
      squareSum: '3af0f12ac875acf2',
      reduce: 'b9b96d537ae07079',
      transposePlanes: 'ba95ccee38714073',
      normalise: 'a97af4f6d433f445',
      pictures: '389f4f1d591b72b8',
      jpeg: '0cc254d69cef03a2',
    });
  });

  it.for<Row>([
    ['without flags', []],
    ['without fused multiply-add', ['--no-enable-fma3', '--no-liftoff']],
    ['without AVX', ['--no-enable-avx', '--no-liftoff']],
    ['in the baseline compiler', ['--liftoff-only']],
  ])('has the same bits %s', ([, flags], context) => {
    expect(digestsWith(context, 'strict', flags)).toEqual(digests('strict'));
  });
});

describe('the default build', () => {
  it('differs from the strict one in fused multiply-add, and in nothing else', (context) => {
    expect(digestsWith(context, 'default', ['--no-enable-fma3', '--no-liftoff'])).toEqual(digests('strict'));
  });

  it.for<Row>([
    ['without flags', []],
    ['in the baseline compiler', ['--liftoff-only']],
    ['under the flag that makes 256-bit code', ['--experimental-wasm-revectorize', '--no-liftoff']],
  ])('has the same bits %s, and so has the revectorised one', ([, flags], context) => {
    expect(digestsWith(context, 'default', flags)).toEqual(digests('default'));
    expect(digestsWith(context, 'revectorised', flags)).toEqual(digests('default'));
  });
});
