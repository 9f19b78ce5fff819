import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts'],
    pool: 'forks',
    // Only optimised code is revectorised, so the tests skip the baseline compiler to see the 256-bit code at all.
    execArgv: ['--experimental-wasm-revectorize', '--no-liftoff'],
    testTimeout: 30_000,
  },
});
