import { createMemory, type KernelBuild, Kernels, kernelModule, squareSum } from '@lockstep/kernels';
import { elements } from '../graph/graph.ts';
import { clipFactor, parameterNorms, squareSumRow } from '../optimisers/norms.ts';
import { createOptimiser, type OptimiserOptions } from '../optimisers/optimiser.ts';
import { parameterChunks, type StateLayout } from '../plan/parameters.ts';

export interface TrainedTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface OptimiserRun {
  readonly optimiser: OptimiserOptions;
  readonly tensors: readonly TrainedTensor[];
  /** Averaged gradients: [step][tensor]. */
  readonly gradients: readonly (readonly Float32Array[])[];
  /** Learning rate of each step. */
  readonly rates: readonly number[];
  readonly clip?: number | undefined;
  readonly build?: KernelBuild;
}

/** Samples of a batch: a power of two, so that multiplying a gradient by it rounds nothing. */
const samples = 8;

/** A layout of tensors by their shapes. */
export function layoutOfShapes(shapes: readonly (readonly number[])[]): StateLayout {
  const initialiser = { initialisation: { kind: 'constant', value: 0 }, fanIn: 1, fanOut: 1 } as const;
  let parameterFloats = 0;
  const parameters = shapes.map((shape, i) => {
    const [offset, size] = [parameterFloats, elements(shape)];
    parameterFloats += Math.ceil(size / 16) * 16;
    return { name: `${i}`, shape, permutation: shape.map((_, axis) => axis), initialiser, offset, size };
  });
  return { parameters, parameterFloats, buffers: [], bufferFloats: 0 };
}

/** Steps of an optimiser with given gradients, tensor by tensor. Returns the tensors after the last. */
export function runOptimiser({
  optimiser: options,
  tensors,
  gradients,
  rates,
  clip,
  build,
}: OptimiserRun): Float32Array[] {
  const optimiser = createOptimiser(options);
  const layout = layoutOfShapes(tensors.map(({ shape }) => shape));
  const { parameters: entries, parameterFloats: floats } = layout;
  const chunks = parameterChunks(layout);
  const vectors = 2 * (1 + optimiser.stateVectors) + 1;
  const kernels = new Kernels(kernelModule(build ?? 'default'), createMemory(vectors * floats * 4 + 65536));
  const first = Math.ceil(kernels.heapBase / 64) * 64;
  const vector = (i: number): number => first + i * floats * 4;
  const view = (pointer: number, length: number): Float32Array =>
    kernels.f32.subarray(pointer / 4, pointer / 4 + length);
  const gradient = vector(vectors - 1);
  const parameters = (parity: number): number => vector(parity);
  const state = (parity: number, i: number): number => vector(2 + 2 * i + parity);

  tensors.forEach(({ values }, i) => {
    view(parameters(0), floats).set(values, entries[i]!.offset);
  });
  optimiser.initialState?.forEach((value, i) => {
    view(state(0, i), floats).fill(value);
  });
  gradients.forEach((ofTensors, step) => {
    const [now, next] = [step % 2, (step + 1) % 2];
    view(parameters(next), floats).fill(Number.NaN);
    ofTensors.forEach((values, i) => {
      view(gradient, floats).set(
        values.map((value) => value * samples),
        entries[i]!.offset,
      );
    });
    const squares = new Float64Array(chunks.length * squareSumRow);
    chunks.forEach(({ begin, end }, i) => {
      squares[i * squareSumRow] = squareSum(kernels, gradient + begin * 4, end - begin);
      squares[i * squareSumRow + 1] = squareSum(kernels, parameters(now) + begin * 4, end - begin);
    });
    const norms = parameterNorms(chunks, squares);
    const divisor = clip === undefined ? samples : samples / clipFactor(norms.gradient / samples, { norm: clip });
    entries.forEach(({ offset, shape }, i) => {
      const own = norms.tensors[i]!;
      const places = Array.from({ length: optimiser.stateVectors }, (_, which) => which);
      optimiser.update(kernels, {
        parameters: parameters(now) + offset * 4,
        nextParameters: parameters(next) + offset * 4,
        gradient: gradient + offset * 4,
        state: places.map((which) => state(now, which) + offset * 4),
        nextState: places.map((which) => state(next, which) + offset * 4),
        length: (entries[i + 1]?.offset ?? floats) - offset,
        samples: divisor,
        learningRate: rates[step]!,
        step,
        tensor: { axes: shape.length, norms: { parameters: own.parameters, gradient: own.gradient / divisor } },
      });
    });
  });
  const last = view(parameters(gradients.length % 2), floats);
  return entries.map(({ offset, size }) => last.slice(offset, offset + size));
}
