/**
 * How far Winograd's convolution is from the direct one, which is itself a sum in float32: the largest difference of each
 * pass, relative to the pass's largest value.
 */
import {
  allocateConvolution,
  Convolution,
  type ConvolutionAlgorithms,
  convolutionGeometry,
  directAlgorithms,
  probeKernels,
  pseudoRandom,
  Workspace,
} from '@lockstep/kernels';

const shapes = [
  [16, 32],
  [32, 16],
  [64, 8],
  [64, 56],
  [128, 28],
  [256, 14],
  [512, 4],
] as const;
const images = 4;
const winograd: ConvolutionAlgorithms = { forward: 'winograd', inputGradient: 'winograd', weightGradient: 'winograd' };

export function run({ json }: { readonly json: boolean }): void {
  const { build } = probeKernels();
  for (const [channels, size] of shapes) {
    const [direct, other] = [directAlgorithms, winograd].map((algorithms) => passes(build, channels, size, algorithms));
    const errors = direct!.map((values, i) => relative(values, other![i]!));
    const [forward, inputGradient, weightGradient] = errors as [number, number, number];
    const text = errors.map((error) => error.toExponential(1)).join('  ');
    console.log(
      json
        ? JSON.stringify({ event: 'error', channels, size, forward, inputGradient, weightGradient })
        : `${channels} channels, ${images} of ${size}x${size}: forward, input gradient, weight gradient  ${text}`,
    );
  }
}

function passes(
  build: Parameters<typeof Workspace.create>[1],
  channels: number,
  size: number,
  algorithms: ConvolutionAlgorithms,
): Float32Array[] {
  const geometry = convolutionGeometry({
    height: size,
    width: size,
    inChannels: channels,
    outChannels: channels,
    kernelSize: [3, 3],
    stride: [1, 1],
    padding: [1, 1],
    dilation: [1, 1],
  });
  const work = Workspace.create(256 << 20, build);
  const floats = images * size * size * channels;
  const weights = 9 * channels * channels;
  const [x, dy, weight] = [
    work.put(pseudoRandom(floats, 1)),
    work.put(pseudoRandom(floats, 2)),
    work.put(pseudoRandom(weights, 3)),
  ];
  const [y, dx, dweight] = [work.floats(floats), work.floats(floats), work.floats(weights)];
  const memory = allocateConvolution(work.kernels, geometry, images, 1, work.allocator, work.allocator, algorithms);
  const convolution = new Convolution(work.kernels, geometry, images, memory);
  convolution.packForward(weight);
  convolution.forward(x, 0, y, images);
  convolution.packInputGradient(weight);
  convolution.inputGradient(dy, dx, images);
  convolution.weightGradient([{ x, dy, images, merges: 0 }], dweight);
  return [work.read(y, floats), work.read(dx, floats), work.read(dweight, weights)];
}

function relative(expected: Float32Array, got: Float32Array): number {
  let largest = 0;
  let difference = 0;
  expected.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - got[i]!));
  });
  return difference / largest;
}
