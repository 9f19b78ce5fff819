import { KernelError } from './errors.ts';
import { Kernels } from './kernels.ts';
import { Allocator, createMemory } from './memory.ts';
import { type KernelBuild, kernelBuilds, kernelModule } from './module.ts';
import { allocateConvolution, Convolution } from './ops/convolution.ts';
import { directAlgorithms } from './ops/convolution-algorithm.ts';
import { convolutionGeometry } from './ops/convolution-geometry.ts';
import { pseudoRandom } from './pseudo-random.ts';
import { selfCheck, selfCheckBytes } from './self-check.ts';

/** What {@link probeKernels} found. */
export interface KernelProbe {
  readonly build: KernelBuild;
  readonly module: WebAssembly.Module;
  /** 10⁹ floating-point operations a second of one thread in a 3×3 convolution; empty if the build was forced. */
  readonly gigaflops: { readonly default?: number; readonly revectorised?: number };
  readonly selfCheck: 'passed';
}

/**
 * Which kernels to use on this machine: times a convolution with the default and the revectorised build, takes the faster,
 * and checks it against the scalar references. Both give the same bits, so that the choice is free. The revectorised build
 * is the faster one where V8's flag is on (see `requestRevectorization`), and the slower one elsewhere.
 *
 * It takes about 150 ms, half of that with a forced build, and 1 MiB of memory, which it leaves to the garbage collector.
 *
 * @param choice a build to take without a comparison; `strict` is never taken by itself
 * @throws KernelError `KERNEL_SELF_CHECK` if the build computes something else than the references, `KERNEL_BUILD`,
 *   `KERNEL_MEMORY`, `KERNEL_ARGUMENT` for an unknown choice
 */
export function probeKernels(choice: 'auto' | KernelBuild = 'auto'): KernelProbe {
  if (choice !== 'auto' && !kernelBuilds.includes(choice)) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `probeKernels: expected 'auto', ${kernelBuilds.map((build) => `'${build}'`).join(', ')}, got '${choice}'`,
    );
  }
  const memory = createMemory(Math.max(selfCheckBytes, timingBytes));
  const gigaflops = choice === 'auto' ? measure(memory) : {};
  const build = choice === 'auto' ? faster(gigaflops) : choice;
  const module = kernelModule(build);
  selfCheck(new Kernels(module, memory));
  return { build, module, gigaflops, selfCheck: 'passed' };
}

const faster = ({ default: plain = 0, revectorised = 0 }: KernelProbe['gigaflops']): KernelBuild =>
  revectorised > plain ? 'revectorised' : 'default';

/** A convolution that fits the second cache of small machines: 64 channels on a map of 8×8. */
const shape = {
  height: 8,
  width: 8,
  inChannels: 64,
  outChannels: 64,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
} as const;
const operations = 2 * shape.height * shape.width * shape.inChannels * shape.outChannels * 9;
const timingBytes = 1 << 20;

/**
 * The speed of both builds, in turns of 5 ms so that a disturbance meets both; the fastest call counts, since whatever else
 * runs on the machine can only slow a call down. The first turn is the warm-up, in which V8 optimises.
 */
function measure(memory: WebAssembly.Memory): { default: number; revectorised: number } {
  const best = { default: 0, revectorised: 0 };
  let allocator: Allocator | undefined;
  const runs = (['default', 'revectorised'] as const).map((build) => {
    const kernels = new Kernels(kernelModule(build), memory);
    allocator ??= new Allocator(kernels.heapBase);
    return { build, run: prepare(kernels, allocator) };
  });
  for (let turn = 0; turn < 6; turn++) {
    for (const { build, run } of runs) {
      const end = performance.now() + 5;
      for (let now = performance.now(); now < end; ) {
        run();
        const after = performance.now();
        best[build] = Math.max(best[build], operations / (after - now) / 1e6);
        now = after;
      }
    }
  }
  return best;
}

function prepare(kernels: Kernels, allocator: Allocator): () => void {
  const geometry = convolutionGeometry(shape);
  // The direct one, whose time is the register tile's alone.
  const memory = allocateConvolution(kernels, geometry, 1, 1, allocator, allocator, directAlgorithms);
  const [x, y] = [1, 2].map(() => allocator.floats(shape.height * shape.width * shape.inChannels)) as [number, number];
  const weight = allocator.floats(9 * shape.inChannels * shape.outChannels);
  const convolution = new Convolution(kernels, geometry, 1, memory);
  kernels.f32.set(pseudoRandom(shape.height * shape.width * shape.inChannels, 1), x / 4);
  kernels.f32.set(pseudoRandom(9 * shape.inChannels * shape.outChannels, 2), weight / 4);
  convolution.packForward(weight);
  return () => convolution.forward(x, 0, y, 1);
}
