import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import * as kernels from './index.ts';
import { hasChromium, type PageReport, runInChromium, workerProduct } from './testing/browser.ts';
import { compute } from './testing/browser-work.ts';

const page = { root: join(import.meta.dirname, '..'), entry: 'src/index.ts' };
const missing = 'there is no /usr/bin/chromium (Debian: chromium) to try a browser with';

it('computes the same bits in Chromium, on a cross-origin isolated page, and in its threads', {
  timeout: 90_000,
}, async ({ skip }) => {
  skip(!hasChromium(), missing);
  const { rows, depth, columns } = workerProduct;
  const work = kernels.Workspace.create(1 << 20);
  const c = work.floats(rows * columns);
  const [a, b] = [kernels.pseudoRandom(rows * depth, 6), kernels.pseudoRandom(depth * columns, 7)];
  const scratch = work.floats(kernels.matmulScratchFloats(work.kernels, workerProduct));
  kernels.matmul(work.kernels, work.put(a), work.put(b), c, workerProduct, scratch);

  const report = await runInChromium({ ...page, isolated: true });
  expect(report).toEqual({
    isolated: true,
    results: Object.fromEntries(kernels.kernelBuilds.map((build) => [build, compute(kernels, build)])),
    fromWorker: [...new Uint32Array(work.read(c, rows * columns).buffer)],
  } satisfies PageReport);
});

it('says what a page lacks that is not isolated', { timeout: 90_000 }, async ({ skip }) => {
  skip(!hasChromium(), missing);
  const { isolated, error } = await runInChromium({ ...page, isolated: false });
  expect(isolated).toBe(false);
  expect(error).toBe(
    'KernelError: this page may not share memory: a browser allows it to cross-origin isolated pages, served with ' +
      '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp"',
  );
});

describe('loadKernels in Node.js', () => {
  const load = async (build: kernels.KernelBuild, url?: string) => {
    vi.resetModules(); // what has been compiled is kept
    return (await import('./module.ts')).loadKernels(build, url);
  };

  it('needs no URL, and takes one', async () => {
    expect(await kernels.loadKernels('strict')).toBe(kernels.kernelModule('strict'));
    const bytes = readFileSync(new URL('../wasm/strict.wasm', import.meta.url));
    const module = await load('strict', `data:application/wasm;base64,${bytes.toString('base64')}`);
    expect(WebAssembly.Module.exports(module)).toEqual(WebAssembly.Module.exports(kernels.kernelModule('strict')));
  });

  it('says which URL has no kernels', async () => {
    await using server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const nowhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}/default.wasm`;
    for (const [url, reason] of [
      [nowhere, 'Error: 404 Not Found'],
      ['data:text/plain,no-kernels', 'CompileError'],
    ] as const) {
      await expect(load('default', url)).rejects.toMatchObject({
        code: 'KERNEL_BUILD',
        message: expect.stringContaining(`could not load the default kernels from ${url}: ${reason}`),
      });
    }
  });
});
