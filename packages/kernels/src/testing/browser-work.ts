/** What both a browser and Node.js compute, to compare the bits; it is given the package, since it may be in any place. */
type Package = typeof import('../index.ts');

/** A matrix product and the three passes of two convolutions, one of them by Winograd's algorithm: bits of all results. */
export function compute(kernels: Package, build: import('../index.ts').KernelBuild): Record<string, number[]> {
  const work = kernels.Workspace.create(1 << 22, build);
  const bits = (pointer: number, count: number): number[] => [...new Uint32Array(work.read(pointer, count).buffer)];
  const size = { rows: 13, depth: 37, columns: 21 };
  const [a, b] = [kernels.pseudoRandom(13 * 37, 1), kernels.pseudoRandom(37 * 21, 2)];
  const c = work.floats(13 * 21);
  const scratch = work.floats(kernels.matmulScratchFloats(work.kernels, size));
  kernels.matmul(work.kernels, work.put(a), work.put(b), c, size, scratch);
  const results: Record<string, number[]> = { matmul: bits(c, 13 * 21) };
  for (const channels of [5, 16]) {
    const geometry = kernels.convolutionGeometry({
      height: 12,
      width: 11,
      inChannels: channels,
      outChannels: channels,
      kernelSize: [3, 3],
      stride: [1, 1],
      padding: [1, 1],
      dilation: [1, 1],
    });
    const memory = kernels.allocateConvolution(work.kernels, geometry, 2, 1, work.allocator, work.allocator);
    const convolution = new kernels.Convolution(work.kernels, geometry, 2, memory);
    const [map, taps] = [2 * 12 * 11 * channels, 9 * channels * channels];
    const [x, dy] = [work.put(kernels.pseudoRandom(map, 3)), work.put(kernels.pseudoRandom(map, 4))];
    const weight = work.put(kernels.pseudoRandom(taps, 5));
    const [y, dx, dweight] = [work.floats(map), work.floats(map), work.floats(taps)];
    convolution.packForward(weight);
    convolution.forward(x, 0, y, 2);
    convolution.weightGradient([{ x, dy, images: 2, merges: 0 }], dweight);
    convolution.packInputGradient(weight);
    convolution.inputGradient(dy, dx, 2);
    const name = `${convolution.algorithms.forward} convolution of ${channels} channels`;
    results[`${name}, y`] = bits(y, map);
    results[`${name}, dx`] = bits(dx, map);
    results[`${name}, dweight`] = bits(dweight, taps);
  }
  return results;
}
