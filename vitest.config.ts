import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts', 'benchmarks/**/*.test.ts'],
    pool: 'forks',
    // Only optimised code is revectorised, so the tests skip the baseline compiler to see the 256-bit code at all;
    // there is such code on x64 only.
    execArgv: process.arch === 'x64' ? ['--experimental-wasm-revectorize', '--no-liftoff'] : ['--no-liftoff'],
    // Threads strip the types of what they load: from a cache that is a tenth of the time.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/lockstep-tests') },
    testTimeout: 30_000,
  },
});
