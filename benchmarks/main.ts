/**
 * pnpm bench kernels [--json]
 * pnpm bench step [--json]: every network; or with --model M the options of `lockstep bench step`
 * pnpm bench layers [the options of `lockstep bench layers`]
 * pnpm bench peers [--model M] [--rounds N] [--seconds T] [--json]
 * pnpm bench augment [--size S] [--rounds N] [--kernels default] [--json]
 * pnpm bench loading [--rounds N] [--seconds T] [--json]
 * pnpm bench scaling [--model M --size S --channels C --batch B] [--workers 1,2,4] [--seconds T] [--rounds N] [--picture FILE.png]
 *   [--memory GB/S] [--latency MICROSECONDS --bandwidth GBIT/S] [--json]
 * pnpm bench winograd-error [--json]
 */
import { argv } from 'node:process';
import { requestRevectorization } from '@lockstep/kernels';

const [name = 'kernels', ...args] = argv.slice(2);
const json = args.includes('--json');

async function command(): Promise<void> {
  const at = args.findIndex((argument) => argument.startsWith('--kernels'));
  const kernels = args[at]?.split('=')[1] ?? args[at + 1] ?? 'auto';
  // Unlike the command, which always asks for the flag: the other builds are measured as who never asks for it has them.
  if (at === -1 || !['default', 'strict'].includes(kernels)) requestRevectorization();
  const { runCommandLine } = await import('lockstep');
  process.exitCode = await runCommandLine(['bench', name, ...args]);
}

const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  kernels: async () => (await import('./kernels.ts')).run({ json }),
  step: async () =>
    args.some((argument) => argument.startsWith('--model')) ? command() : (await import('./step.ts')).run({ json }),
  layers: command,
  peers: async () => (await import('./peers.ts')).run(args),
  loading: async () => (await import('./loading.ts')).run(args),
  augment: async () => (await import('./augment.ts')).run(args),
  scaling: async () => (await import('./scaling.ts')).run(args),
  'winograd-error': async () => {
    requestRevectorization();
    (await import('./winograd-error.ts')).run({ json });
  },
};

const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (benchmark) await benchmark();
else {
  console.error(`there is no benchmark "${name}"; there are ${Object.keys(benchmarks).join(', ')}`);
  process.exitCode = 2;
}
