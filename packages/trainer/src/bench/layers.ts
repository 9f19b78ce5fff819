import {
  chooseAlgorithms,
  Executor,
  initialState,
  planReplica,
  type ReplicaPlan,
  type ResolvedNode,
  SoloCollective,
  type StepPart,
  type StepTimer,
  writeState,
} from '@lockstep/core';
import {
  type ConvolutionAlgorithms,
  createMemory,
  type KernelBuild,
  Kernels,
  probeKernels,
  pseudoRandom,
  registerTilePeak,
} from '@lockstep/kernels';
import { z } from 'zod';
import { kernelsChoice } from '../options.ts';
import { defaultShards } from '../shards-and-workers.ts';
import { benchNetwork, networkOptions } from './options.ts';
import { type Span, traceFile } from './trace.ts';

/** The options of {@link benchLayers}. */
export const benchLayersOptionsSchema = z.strictObject({
  ...networkOptions,
  seconds: z.number().positive().default(3).describe('how long to measure'),
});
export type BenchLayersOptions = z.input<typeof benchLayersOptionsSchema>;

/** A layer in one direction. */
export interface PassFigures {
  /** For the whole batch, the packing of weights included; median over the passes. */
  readonly milliseconds: number;
  /** The formula's operations in that time, whatever algorithm made them: Winograd's makes fewer. 0 for layers that multiply no weights. */
  readonly gigaflops: number;
  /** Of the register tile's peak; Winograd's may be above 1. */
  readonly shareOfPeak: number;
}

export interface LayerFigures {
  readonly name: string;
  readonly op: string;
  /** Of one sample. */
  readonly output: readonly number[];
  /** Of one sample, forward. */
  readonly multiplyAdds: number;
  /** Where there is a choice. */
  readonly algorithms: ConvolutionAlgorithms | undefined;
  /** Undefined where the layer does nothing of its own, as when the one before does its work. */
  readonly forward: PassFigures | undefined;
  readonly backward: PassFigures | undefined;
}

export interface LayersBenchmark {
  readonly model: string;
  readonly batch: number;
  readonly shards: number;
  readonly kernels: KernelBuild;
  /** GFLOP/s of one thread: {@link registerTilePeak}. */
  readonly peak: number;
  readonly layers: readonly LayerFigures[];
  /** Of a whole forward and backward pass, with the loss and what lies between the layers; median. */
  readonly milliseconds: number;
  /** The last pass as the text of a trace file, for chrome://tracing and Perfetto. */
  readonly trace: string;
}

/**
 * Times each layer of a network, forward and backward, on one thread: this one, which it blocks. A batch of noise goes
 * through the network as one worker takes it, shard by shard; there is no update.
 *
 * @throws CoreError, KernelError for options that do not fit together
 */
export async function benchLayers(input: BenchLayersOptions): Promise<LayersBenchmark> {
  const options = benchLayersOptionsSchema.parse(input);
  const { model, batch, seconds } = options;
  const { graph } = await benchNetwork(options);
  const shards = options.shards === 'auto' ? defaultShards(batch) : options.shards;
  const { build, module } = probeKernels(kernelsChoice(options.kernels).build);
  const algorithms = chooseAlgorithms(graph, kernelsChoice(options.kernels).algorithm);
  const plan = planReplica(
    { graph, algorithms, batch, shards, workers: 1, stateVectors: 0, reductionBytes: 0 },
    new Kernels(module, createMemory(0)),
  );
  const kernels = new Kernels(module, createMemory(plan.bytes));
  const spans: (Span & { readonly part: StepPart })[] = [];
  const executor = new Executor(kernels, plan, new SoloCollective(shards), recordInto(spans));
  writeParameters(kernels, plan);
  executor.beginBatch(batch, 0);

  const peakBefore = registerTilePeak(build);
  const passes: Pass[] = [];
  const end = performance.now() + seconds * 1000;
  // The first ones are the warm-up, in which V8 optimises.
  for (let pass = -2; pass < 1 || performance.now() < end; pass++) {
    writeInputs(kernels, executor);
    spans.length = 0;
    const begin = performance.now();
    executor.forwardBackward();
    const milliseconds = performance.now() - begin;
    if (pass >= 0) passes.push({ milliseconds, layers: timesByLayer(spans) });
  }
  const peak = Math.max(peakBefore, registerTilePeak(build));
  return {
    model,
    batch,
    shards,
    kernels: build,
    peak,
    layers: plan.resolved.nodes.map((node) => layerFigures(node, plan, passes, peak)),
    milliseconds: median(passes.map((pass) => pass.milliseconds)),
    trace: traceFile(`${model}, batch ${batch}, one thread`, spans),
  };
}

/** One forward and backward pass: how long all of it took, and each layer in each direction. */
interface Pass {
  readonly milliseconds: number;
  readonly layers: ReadonlyMap<string, number>;
}

type Direction = 'forward' | 'backward';

const directionOf: Readonly<Record<StepPart, Direction>> = {
  packForward: 'forward',
  forward: 'forward',
  packBackward: 'backward',
  backward: 'backward',
};

function recordInto(spans: (Span & { readonly part: StepPart })[]): StepTimer {
  return (name, part, shard, run) => {
    const begin = performance.now();
    run();
    const place = shard && { arguments: { shard: shard.index, images: shard.images } };
    spans.push({ name, category: part, part, begin, end: performance.now(), ...place });
  };
}

function timesByLayer(spans: readonly (Span & { readonly part: StepPart })[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const { name, part, begin, end } of spans) {
    const key = `${directionOf[part]} ${name}`;
    times.set(key, (times.get(key) ?? 0) + end - begin);
  }
  return times;
}

function layerFigures(
  { name, layer, options, inputs, output }: ResolvedNode,
  plan: ReplicaPlan,
  passes: readonly Pass[],
  peak: number,
): LayerFigures {
  const multiplyAdds = layer.multiplyAdds?.(options, inputs) ?? 0;
  // Backward as many for the weights, and as many for the input, but for the first layer, whose input needs no gradient.
  const times = { forward: 1, backward: plan.tensors.shares.get(name)![0] ? 2 : 1 };
  const figures = (direction: Direction): PassFigures | undefined => {
    const all = passes.map(({ layers }) => layers.get(`${direction} ${name}`)).filter((time) => time !== undefined);
    if (all.length === 0) return undefined;
    const milliseconds = median(all);
    const gigaflops = (2 * multiplyAdds * times[direction] * plan.options.batch) / milliseconds / 1e6;
    return { milliseconds, gigaflops, shareOfPeak: gigaflops / peak };
  };
  return {
    name,
    op: layer.op,
    output,
    multiplyAdds,
    algorithms: plan.options.algorithms?.[name],
    forward: figures('forward'),
    backward: figures('backward'),
  };
}

function writeParameters(kernels: Kernels, { state, parameters, buffers }: ReplicaPlan): void {
  const floats = (pointer: number, count: number) => kernels.f32.subarray(pointer / 4, pointer / 4 + count);
  writeState(
    state,
    initialState(state, 1),
    floats(parameters[0], state.parameterFloats),
    floats(buffers[0], state.bufferFloats),
  );
}

/** Before every pass: tensors share places, so that a pass overwrites its input. */
function writeInputs({ f32, i32 }: Kernels, executor: Executor): void {
  for (const { name, shape } of executor.plan.options.graph.inputs) {
    const floats = shape.reduce((product, size) => product * size, 1);
    for (const shard of executor.shards) {
      f32.set(pseudoRandom(shard.images * floats, shard.index + 1), executor.tensor(shard, name) / 4);
      i32.fill(0, executor.results(shard).labels / 4, executor.results(shard).labels / 4 + shard.images);
    }
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
