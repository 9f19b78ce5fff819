import type { KernelBuild } from './module.ts';
import { allocateConvolution, Convolution } from './ops/convolution.ts';
import { directAlgorithms } from './ops/convolution-algorithm.ts';
import { convolutionGeometry } from './ops/convolution-geometry.ts';
import { pseudoRandom } from './pseudo-random.ts';
import { Workspace } from './workspace.ts';

const rounds = 30;
const roundMilliseconds = 3;

/**
 * GFLOP/s of a call that makes so many floating-point operations, in its best round: what else runs on the machine can only
 * slow a round down. It takes a tenth of a second.
 */
export function bestRate(operations: number, run: () => void): number {
  let best = 0;
  // The first round is the warm-up, in which V8 optimises.
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    let calls = 0;
    let elapsed = 0;
    while (elapsed < roundMilliseconds) {
      run();
      calls++;
      elapsed = performance.now() - start;
    }
    if (round > 0) best = Math.max(best, (calls * operations) / elapsed / 1e6);
  }
  return best;
}

/**
 * The most GFLOP/s that a build's register tile makes on one thread of this machine: the best of some matrix products
 * whose operands stay in the first cache, one panel of columns with the rows of a tile. It takes half a second.
 */
export function registerTilePeak(build: KernelBuild): number {
  const rows = 240;
  const rates = [128, 256, 384, 512].map((depth) => {
    const work = Workspace.create(1 << 20, build);
    const columns = work.kernels.panelWidth;
    const geometry = convolutionGeometry({
      height: 1,
      width: 1,
      inChannels: depth,
      outChannels: columns,
      kernelSize: [1, 1],
      stride: [1, 1],
      padding: [0, 0],
      dilation: [1, 1],
    });
    const memory = allocateConvolution(
      work.kernels,
      geometry,
      rows,
      1,
      work.allocator,
      work.allocator,
      directAlgorithms,
    );
    const convolution = new Convolution(work.kernels, geometry, rows, memory);
    const x = work.put(pseudoRandom(rows * depth, 1));
    convolution.packForward(work.put(pseudoRandom(depth * columns, 2)));
    const y = work.floats(rows * columns);
    return bestRate(2 * rows * depth * columns, () => convolution.forward(x, 0, y, rows));
  });
  return Math.max(...rates);
}
