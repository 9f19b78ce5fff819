/**
 * pnpm bench kernels [--json]
 * pnpm bench step [--model M] [--size S] [--channels C] [--batch B] [--workers N] [--seconds T] [--kernels K] [--shards V] [--json]
 * pnpm bench peers [--json]
 * pnpm bench augment [--json]
 * pnpm bench winograd-error [--json]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { requestRevectorization } from '@lockstep/kernels';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    model: { type: 'string', default: 'small-cnn' },
    size: { type: 'string', default: '28' },
    channels: { type: 'string', default: '1' },
    batch: { type: 'string', default: '128' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string', default: '5' },
    kernels: { type: 'string', default: 'auto' },
    shards: { type: 'string' },
  },
});

const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  kernels: async () => (await import('./kernels.ts')).run({ json: values.json }),
  step: async () => {
    // The other builds are measured as who never asks for the flag has them.
    if (['auto', 'revectorised'].includes(values.kernels)) requestRevectorization();
    const { measureStep } = await import('./step.ts');
    const { model } = values;
    const [size, channels, batch, workers, seconds] = [
      values.size,
      values.channels,
      values.batch,
      values.workers,
      values.seconds,
    ].map(Number) as [number, number, number, number, number];
    const kernels = values.kernels as Parameters<typeof measureStep>[0]['kernels'];
    const shards = values.shards === undefined ? {} : { shards: Number(values.shards) };
    const figures = await measureStep({ model, size, channels, batch, workers, seconds, kernels, ...shards });
    const text = `${model} ${size}x${size}x${channels}, batch ${batch}, ${workers} workers, ${figures.kernels}: ${figures.imagesPerSecond.toFixed(0)} images/s, ${(figures.memoryBytes / 2 ** 20).toFixed(0)} MiB`;
    console.log(values.json ? JSON.stringify({ event: 'done', ...figures }) : text);
  },
  peers: async () => (await import('./peers.ts')).run({ json: values.json }),
  augment: async () => (await import('./augment.ts')).run({ json: values.json }),
  'winograd-error': async () => {
    requestRevectorization();
    (await import('./winograd-error.ts')).run({ json: values.json });
  },
};

const name = positionals[0] ?? 'kernels';
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (benchmark) await benchmark();
else {
  console.error(`there is no benchmark "${name}"; there are ${Object.keys(benchmarks).join(', ')}`);
  process.exitCode = 2;
}
