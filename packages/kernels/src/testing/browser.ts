import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';

/** Debian's. */
const chromium = '/usr/bin/chromium';

export const hasChromium = (): boolean => existsSync(chromium);

/** What a page reports back. */
export interface PageReport {
  readonly isolated: boolean;
  readonly error?: string;
  /** Of each build: what `compute` of browser-work.ts returned. */
  readonly results?: Readonly<Record<string, Record<string, number[]>>>;
  /** The bits of a product that another thread wrote into the page's memory. */
  readonly fromWorker?: readonly number[];
}

export interface PageOptions {
  /** The package's folder, of which all files are served. */
  readonly root: string;
  /** The package's index in it; TypeScript is served without its types. */
  readonly entry: string;
  /** Whether the page is cross-origin isolated. */
  readonly isolated: boolean;
}

/** The product that the page's worker computes. */
export const workerProduct = { rows: 4, depth: 5, columns: 6 } as const;

/**
 * Opens a page that computes with the package in a headless Chromium, and waits for its report.
 *
 * @throws Error with what Chromium said if it ends, or takes a minute, without a report
 */
export async function runInChromium(options: PageOptions): Promise<PageReport> {
  const report = Promise.withResolvers<PageReport>();
  const server = createServer((request, response) => {
    respond(options, request, response, report.resolve).catch(report.reject);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const profile = mkdtempSync(join(tmpdir(), 'lockstep-chromium-'));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-dev-shm-usage'];
  // A process group of its own, so that all of its processes can be ended.
  const browser = spawn(chromium, [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  browser.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = once(browser, 'close');
  const fail = (what: string) => report.reject(new Error(`Chromium ${what}:\n${said}`));
  browser.on('error', (error) => fail(`could not be started (${error.message})`));
  browser.on('exit', (code) => fail(`ended with ${code} before the page reported`));
  const timeout = setTimeout(() => fail('did not report within a minute'), 60_000);
  try {
    return await report.promise;
  } finally {
    clearTimeout(timeout);
    if (browser.pid !== undefined) {
      try {
        process.kill(-browser.pid, 'SIGKILL');
      } catch {} // it has ended by itself
      await closed;
    }
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

async function respond(
  { root, entry, isolated }: PageOptions,
  request: IncomingMessage,
  response: ServerResponse,
  report: (report: PageReport) => void,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const send = (type: string, body: string | Buffer, status = 200) =>
    response
      .writeHead(status, {
        'Content-Type': type,
        ...(isolated && {
          'Cross-Origin-Opener-Policy': 'same-origin',
          'Cross-Origin-Embedder-Policy': 'require-corp',
        }),
      })
      .end(body);
  if (request.method === 'POST') {
    request.setEncoding('utf8');
    let text = '';
    for await (const part of request) text += part as string;
    send('text/plain', '');
    report(JSON.parse(text));
  } else if (pathname === '/') send('text/html', '<!doctype html><script type="module" src="/page.js"></script>');
  else if (pathname === '/page.js') send('text/javascript', pageScript(entry));
  else if (pathname === '/worker.js') send('text/javascript', workerScript(entry));
  else if (pathname === '/work.js') send('text/javascript', script(join(import.meta.dirname, 'browser-work.ts')));
  else if (pathname.startsWith('/package/')) {
    const file = join(root, normalize(pathname.slice('/package/'.length)));
    if (!existsSync(file)) send('text/plain', '', 404);
    else if (/\.[jt]s$/.test(file)) send('text/javascript', script(file));
    else send('application/octet-stream', readFileSync(file)); // .wasm, as a server has it that does not know the type
  } else send('text/plain', '', 404);
}

function script(file: string): string {
  const text = readFileSync(file, 'utf8');
  return file.endsWith('.ts') ? stripTypeScriptTypes(text) : text;
}

const pageScript = (entry: string): string => `
const report = { isolated: crossOriginIsolated };
try {
  const kernels = await import('/package/${entry}');
  const { compute } = await import('/work.js');
  report.results = {};
  for (const build of kernels.kernelBuilds) {
    await kernels.loadKernels(build);
    report.results[build] = compute(kernels, build);
  }
  const work = kernels.Workspace.create(1 << 20);
  const { rows, depth, columns } = ${JSON.stringify(workerProduct)};
  const size = { rows, depth, columns };
  const a = work.put(kernels.pseudoRandom(rows * depth, 6));
  const b = work.put(kernels.pseudoRandom(depth * columns, 7));
  const c = work.floats(rows * columns);
  const scratch = work.floats(kernels.matmulScratchFloats(work.kernels, size));
  const worker = new Worker('/worker.js', { type: 'module' });
  const done = new Promise((resolve, reject) => { worker.onmessage = resolve; worker.onerror = (event) => reject(new Error('worker: ' + event.message)); });
  worker.postMessage({ module: kernels.kernelModule('default'), memory: work.kernels.memory, arguments: [a, b, c, size, scratch] });
  await done;
  report.fromWorker = [...new Uint32Array(work.read(c, rows * columns).buffer)];
} catch (error) {
  report.error = String(error);
}
await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
`;

/** Listens before it imports: what arrives meanwhile is not lost. */
const workerScript = (entry: string): string => `
const kernels = import('/package/${entry}');
onmessage = async ({ data }) => {
  const { Kernels, matmul } = await kernels;
  matmul(new Kernels(data.module, data.memory), ...data.arguments);
  postMessage('done');
};
`;
