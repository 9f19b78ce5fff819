import { add, type Kernels, slackBytes } from '@lockstep/kernels';
import { CoreError } from './errors.ts';
import { elements } from './graph/graph.ts';
import type { ResolvedNode } from './graph/resolve.ts';
import type { LayerContext, LayerProgram, Shard, Step, Subtree } from './layers/layer.ts';
import { addUses, shardwise } from './layers/shared-parameters.ts';
import { type LossProgram, lossProgram } from './losses/program.ts';
import type { Collective } from './parallel/collective.ts';
import {
  mergesAfterLeaf,
  microBatchShards,
  ownedSubtrees,
  type Range,
  shardSamples,
  workerPart,
} from './parallel/shards.ts';
import { planFusions } from './plan/fusion.ts';
import type { ReplicaPlan } from './plan/replica-plan.ts';
import { type StepTimer, timed } from './timing.ts';

/** Where a batch is in a run. */
export interface BatchPlace {
  /** The run's. */
  readonly seed?: number;
  readonly epoch?: number;
  /** Of the batch's first sample in the epoch. */
  readonly firstPosition?: number;
}

/** Some consecutive shards of the batch, which the workers compute before they begin with the next. */
interface MicroBatch {
  readonly range: Range;
  /** Those of this worker. */
  readonly shards: readonly Shard[];
  readonly subtrees: readonly Subtree[];
  /** Which of all this worker's subtrees the first one is. */
  readonly firstSubtree: number;
  /** int32: the order of the tree over {@link range} */
  readonly treeMerges: number;
}

/** A micro-batch made ready to run. */
interface Compiled extends MicroBatch {
  readonly training: readonly (() => void)[];
  readonly evaluation: readonly (() => void)[];
  readonly afterMeeting: readonly (() => void)[];
}

/**
 * Runs a network's forward and backward pass over one worker's shards of a batch, in one replica.
 *
 * 1. {@link beginBatch} says how many samples the batch has, and which of the two states is the current one.
 * 2. The caller writes the labels of each of {@link shards}, or, for other losses than of classes, their targets; and the inputs of
 *    those of the first micro-batch. By default there is no other: then 3 is done once.
 * 3. {@link forwardBackward} leaves the gradients' sums, one an owned subtree, and each sample's loss; or {@link evaluate} leaves
 *    the losses alone. Then the inputs of the next of {@link microBatches} are written, and it is its turn.
 * 4. After a meeting of all workers {@link updateStatistics} leaves the next running statistics.
 *
 * The loss is the plan's: by default the cross-entropy of the graph's first output. No memory of the replica is allocated in a
 * step, and nothing of the current state is overwritten.
 */
export class Executor {
  readonly plan: ReplicaPlan;
  /** This worker's shards of a batch, and of each micro-batch, which all have their tensors in the same memory. */
  readonly shards: readonly Shard[];
  readonly microBatches: readonly (readonly Shard[])[];
  readonly #kernels: Kernels;
  readonly #collective: Collective;
  readonly #compiled: readonly Compiled[];
  readonly #beforeTraining: (() => void) | undefined;
  /** Which of this worker's samples is a shard's first, where each shard has as much room as the largest needs. */
  readonly #firstSamples: ReadonlyMap<number, number>;
  /** Samples of each shard of the batch, everybody's. */
  readonly #shardImages: number[];
  #samples = 0;
  #parity: 0 | 1 = 0;
  /** Whether a micro-batch of this batch has written the next running statistics. */
  #begun = false;
  #place: Required<BatchPlace> = { seed: 0, epoch: 0, firstPosition: 0 };

  /**
   * Writes tables that the kernels read into the memory, always the same ones: it may be made anew over a memory in use.
   *
   * @param kernels over a memory of `plan.bytes`
   * @param timer runs each piece of a layer's work, to time it; without one nothing stands between the pieces
   * @throws CoreError `BATCH_INVALID` for a collective that the plan is not for
   * @throws KernelError `KERNEL_POINTER` for a memory that is too small
   */
  constructor(kernels: Kernels, plan: ReplicaPlan, collective: Collective, timer?: StepTimer) {
    checkFit(kernels, plan, collective);
    this.plan = plan;
    this.#kernels = kernels;
    this.#collective = collective;
    this.#shardImages = new Array<number>(plan.options.shards).fill(0);
    const microBatches = this.#layOut();
    this.microBatches = microBatches.map(({ shards }) => shards);
    this.shards = this.microBatches.flat();
    this.#firstSamples = new Map(this.shards.map(({ index }, slot) => [index, slot * plan.maxImages]));
    const losses = this.#losses();
    this.#beforeTraining = losses.beforeTraining;
    this.#compiled = microBatches.map((microBatch) => this.#compile(microBatch, losses, timer));
  }

  /**
   * @param samples of the whole batch, over all workers
   * @param parity which of the two states is the current one; the other receives the next
   * @param place what the layers' random numbers are keyed by, in training
   * @throws CoreError `BATCH_INVALID`
   */
  beginBatch(samples: number, parity: 0 | 1, { seed = 0, epoch = 0, firstPosition = 0 }: BatchPlace = {}): void {
    const { batch, shards, ghostBatch } = this.plan.options;
    if (!Number.isInteger(samples) || samples < 1 || samples > batch) {
      throw new CoreError('BATCH_INVALID', `expected a batch of 1 to ${batch} samples, got ${samples}`);
    }
    this.#samples = samples;
    this.#parity = parity;
    this.#place = { seed, epoch, firstPosition };
    for (let shard = 0; shard < shards; shard++) {
      const { begin, end } = shardSamples(shard, shards, samples, ghostBatch);
      this.#shardImages[shard] = end - begin;
    }
    for (const shard of this.shards) shard.images = this.#shardImages[shard.index]!;
  }

  /** The samples of a shard, as positions in the batch. */
  batchPositions(shard: Shard): { begin: number; end: number } {
    const { shards, ghostBatch } = this.plan.options;
    return shardSamples(shard.index, shards, this.#samples, ghostBatch);
  }

  /**
   * Pointer to a tensor: a graph's input, or the output of a node, float32 [images][…shape]. Tensors share places: an input
   * may be overwritten after its last reader has run, so write it before every pass; the graph's outputs are there after
   * the pass, and any other tensor only while it lasts.
   *
   * @throws CoreError `GRAPH_INVALID` if there is none of that name
   */
  tensor(shard: Shard, name: string): number {
    return shard.base + offsetOf(this.plan.tensors.activations, name) * 4;
  }

  /**
   * Pointer to the gradient of the sum of the samples' losses with respect to an input of the graph, after
   * {@link forwardBackward}; float32 [images][…shape].
   *
   * @throws CoreError `GRAPH_INVALID` if the plan is not one with `inputGradients`, or the loss does not depend on the input
   */
  inputGradient(shard: Shard, name: string): number {
    const { graph, inputGradients } = this.plan.options;
    if (
      !inputGradients ||
      !graph.inputs.some((input) => input.name === name) ||
      !this.plan.tensors.gradients.has(name)
    ) {
      throw new CoreError(
        'GRAPH_INVALID',
        `there is no gradient with respect to "${name}": it takes a plan with inputGradients: true, and an input that the loss depends on`,
      );
    }
    return shard.base + offsetOf(this.plan.tensors.gradients, name) * 4;
  }

  /**
   * Pointers to what a shard's samples have an entry each of: int32 labels and predictions, float64 losses, float32
   * probabilities. Where the first output is a map, labels, predictions and probabilities have an entry a pixel. Losses that
   * don't tell classes apart leave these three alone.
   */
  results(shard: Shard): { labels: number; losses: number; predicted: number; probabilities: number } {
    const first = this.#firstSample(shard);
    const { labels, losses, predicted, probabilities, pixels } = this.plan.losses;
    return {
      labels: labels + first * pixels * 4,
      losses: losses + first * 8,
      predicted: predicted + first * pixels * 4,
      probabilities: probabilities + first * pixels * 4,
    };
  }

  /**
   * Pointer to what a loss compares an output with: int32 class indices, one a pixel, or float32 of the output's shape, as the
   * loss has it. Those of the first loss, if they are class indices, are the labels of {@link results}; an auxiliary loss has
   * those of the first.
   *
   * @throws CoreError `GRAPH_INVALID` if there is no loss of that output
   */
  target(shard: Shard, output: string): number {
    const { entries } = this.plan.losses;
    const entry = entries.find((loss) => loss.output === output);
    if (entry) return entry.targets + this.#firstSample(shard) * entry.target.elements * 4;
    throw new CoreError(
      'GRAPH_INVALID',
      `there is no loss of "${output}"; there are losses of ${entries.map((loss) => loss.output).join(', ')}`,
    );
  }

  /**
   * Forward, loss, backward: the gradients of the sum of the losses. A parameter that the loss does not depend on has the
   * gradient 0.
   *
   * @param microBatch each in turn; the first needs the targets of all
   * @throws CoreError `BATCH_INVALID` before the first {@link beginBatch}, or for a batch that a batch norm cannot take
   * @throws KernelError `KERNEL_ARGUMENT` for a label that is no class
   */
  forwardBackward(microBatch = 0): void {
    const { training, range, subtrees, firstSubtree } = this.#checkBegun(microBatch);
    if (microBatch === 0) {
      this.#begun = false;
      this.#beforeTraining?.();
    }
    if (this.#samplesOf(range) === 0) {
      // A batch of few samples has none of this micro-batch's shards: there is nobody to meet, and nothing to compute.
      const { gradients, gradientBytes } = this.plan;
      const first = (gradients + firstSubtree * gradientBytes) / 4;
      this.#kernels.f32.fill(0, first, first + (subtrees.length * gradientBytes) / 4);
      return;
    }
    this.#run(training);
    this.#begun = true;
  }

  /**
   * What is left of a step once all workers have met behind {@link forwardBackward}, as they do for the gradients: the running
   * statistics of ghost groups, which must be copied before the workers meet again. Without such groups nothing.
   */
  updateStatistics(): void {
    const { pointer, rowBytes } = this.plan.groupRows;
    if (rowBytes === 0) return;
    for (const { range } of this.#compiled) this.#collective.copyShardRows(pointer, rowBytes, range);
    for (const run of this.#compiled[0]!.afterMeeting) run();
  }

  /**
   * Forward with the running statistics, and the losses.
   *
   * @throws CoreError `BATCH_INVALID` before the first {@link beginBatch}
   * @throws KernelError `KERNEL_ARGUMENT` for a label that is no class
   */
  evaluate(microBatch = 0): void {
    this.#run(this.#checkBegun(microBatch).evaluation);
  }

  #checkBegun(microBatch: number): Compiled {
    if (this.#samples === 0) throw new CoreError('BATCH_INVALID', 'there is no batch yet: call beginBatch() first');
    const compiled = this.#compiled[microBatch];
    if (compiled) return compiled;
    throw new CoreError('BATCH_INVALID', `there is no micro-batch ${microBatch}: a batch has ${this.#compiled.length}`);
  }

  #samplesOf({ begin, end }: Range): number {
    return this.#shardImages.slice(begin, end).reduce((sum, images) => sum + images, 0);
  }

  #run(runs: readonly (() => void)[]): void {
    for (const run of runs) {
      run();
      this.#collective.beat?.();
    }
  }

  /** The pieces of a micro-batch's training and evaluation, in the order in which they run. */
  #compile(microBatch: MicroBatch, losses: Pick<LossProgram, 'training' | 'evaluation'>, timer?: StepTimer): Compiled {
    const { nodes } = this.plan.resolved;
    const programs = this.#layerPrograms(microBatch).map((program, i) =>
      timer ? timed(program, nodes[i]!.name, timer) : program,
    );
    const once = (run: (() => void) | undefined): Step[] => (run ? [{ kind: 'once', run }] : []);
    const evaluation = this.#fold(programs);
    return {
      ...microBatch,
      training: this.#join(microBatch, [
        ...programs.flatMap((program) => once(program.beforeForward)),
        ...programs.flatMap(({ forward }) => forward),
        ...losses.training,
        ...programs.flatMap((program) => once(program.beforeBackward)),
        ...programs.toReversed().flatMap(({ backward }) => backward),
        ...this.#addUses(microBatch),
      ]),
      evaluation: this.#join(microBatch, [
        ...evaluation.flatMap((program) => once(program.beforeForward)),
        ...evaluation.flatMap(({ forward, evaluate }) => evaluate ?? forward),
        ...losses.evaluation,
      ]),
      afterMeeting: programs.flatMap(({ afterMeeting }) => afterMeeting ?? []),
    };
  }

  /** Groups neighbouring steps that go shard by shard, so that a shard's tensors stay in the cache from layer to layer. */
  #join({ shards, range }: MicroBatch, steps: readonly Step[]): (() => void)[] {
    const runs: (() => void)[] = [];
    let group: ((shard: Shard) => void)[] | undefined;
    for (const step of steps) {
      if (step.kind === 'each') {
        if (!group) {
          const calls: ((shard: Shard) => void)[] = [];
          runs.push(() => {
            for (const shard of shards) for (const call of calls) call(shard);
          });
          group = calls;
        }
        group.push(step.run);
        continue;
      }
      group = undefined;
      if (step.kind === 'once') runs.push(step.run);
      else runs.push(() => this.#collective.gatherShardRows(step.pointer, step.rowBytes, range));
    }
    return runs;
  }

  #losses(): LossProgram {
    const { losses, tensors, options } = this.plan;
    return lossProgram({
      kernels: this.#kernels,
      plan: losses,
      shards: options.shards,
      ownShards: this.shards,
      firstSample: (shard) => this.#firstSample(shard),
      tensor: (shard, name) => this.tensor(shard, name),
      gradient: (shard, name) => shard.base + offsetOf(tensors.gradients, name) * 4,
      gather: (pointer, rowBytes) => {
        const [first, ...others] = this.#compiled;
        this.#collective.gatherShardRows(pointer, rowBytes, first!.range);
        for (const { range } of others) this.#collective.copyShardRows(pointer, rowBytes, range);
      },
      batchSamples: () => this.#samples,
    });
  }

  #firstSample(shard: Shard): number {
    return this.#firstSamples.get(shard.index)!;
  }

  /** The micro-batches, with the order of the tree over each, and of each subtree that this worker owns, as kernels read it. */
  #layOut(): MicroBatch[] {
    const { plan } = this;
    const { shards, accumulate = 1 } = plan.options;
    const { rank, size } = this.#collective;
    const all = { begin: 0, end: shards };
    let ownMerges = plan.merges + shards * 4;
    let firstSubtree = 0;
    return microBatchShards(accumulate, shards).map((range): MicroBatch => {
      const own = workerPart(rank, size, range);
      const ownShards = Array.from({ length: own.end - own.begin }, (_, local) => ({
        index: own.begin + local,
        images: 0,
        base: plan.arena + local * plan.arenaBytes,
      }));
      const treeMerges = plan.merges + range.begin * 4;
      this.#kernels.i32.set(mergesAfterLeaf(range), treeMerges / 4);
      const subtrees = ownedSubtrees(all, own).map(({ begin, end }): Subtree => {
        const merges = mergesAfterLeaf({ begin, end });
        const mergesPointer = ownMerges;
        this.#kernels.i32.set(merges, mergesPointer / 4);
        ownMerges += merges.length * 4;
        return { shards: ownShards.slice(begin - own.begin, end - own.begin), merges, mergesPointer };
      });
      firstSubtree += subtrees.length;
      return { range, shards: ownShards, subtrees, firstSubtree: firstSubtree - subtrees.length, treeMerges };
    });
  }

  #layerPrograms(microBatch: MicroBatch): LayerProgram[] {
    const { resolved, state, tensors } = this.plan;
    // Exchanges take the two places for rows in turn: forward in the order of the nodes, then backward.
    const exchanging = this.plan.ghost
      ? []
      : resolved.nodes.filter((node) => node.layer.rowBytes(node.options, node.inputs) > 0);
    const parameters = byteOffsets(state.parameters);
    const buffers = byteOffsets(state.buffers);
    const fusions = planFusions(resolved, tensors);
    const fusedInto = new Map([...fusions.values()].map(({ into, operation }) => [into, operation]));
    return resolved.nodes.map((node, i): LayerProgram => {
      if (fusions.has(node.name)) return { forward: [], backward: [] };
      const exchange = exchanging.indexOf(node);
      const rows = [
        this.plan.rows[exchange & 1]!,
        this.plan.rows[(2 * exchanging.length - 1 - exchange) & 1]!,
      ] as const;
      const fused = fusedInto.get(node.name);
      const program = node.layer.program({ ...this.#context(microBatch, node, i, rows, parameters, buffers), fused });
      // What the loss does not depend on has no backward pass. Its meetings stay, so that the places are still in turn.
      const backward = tensors.gradients.has(node.name)
        ? [...program.backward, ...this.#addShares(node)]
        : program.backward.filter(({ kind }) => kind === 'gather');
      return { ...program, backward };
    });
  }

  /** The programs of evaluation, where convolutions have the normalisations behind them in their weights. */
  #fold(programs: readonly LayerProgram[]): Pick<LayerProgram, 'beforeForward' | 'forward' | 'evaluate'>[] {
    const { resolved, foldings } = this.plan;
    const folded = new Set([...foldings.values()].map(({ name }) => name));
    return resolved.nodes.map(({ name }, i) => {
      if (folded.has(name)) return { forward: [] };
      if (!foldings.has(name)) return programs[i]!;
      const { before, forward } = programs[i]!.folded!(programs[i + 1]!.affine!);
      return { beforeForward: before, forward };
    });
  }

  /** Where a tensor is read more than once, the gradients of all readers but one are added to that one's. */
  #addShares(node: ResolvedNode): Step[] {
    return this.plan.tensors.shares.get(node.name)!.flatMap((share, i): Step[] => {
      const target = share?.addTo;
      if (!share || target === undefined) return [];
      const size = elements(node.inputs[i]!);
      return [
        {
          kind: 'each',
          run: (shard) =>
            add(this.#kernels, shard.base + target * 4, shard.base + share.offset * 4, shard.images * size),
        },
      ];
    });
  }

  /** Where nodes share parameters, the gradient is the sum over those nodes that the loss depends on. */
  #addUses({ shards: ownShards, subtrees, firstSubtree }: MicroBatch): Step[] {
    const { shared, tensors, state, gradients, gradientBytes } = this.plan;
    const offsets = byteOffsets(state.parameters);
    return [...shared].flatMap(([owner, all]): Step[] => {
      const uses = all.filter(({ node }) => tensors.gradients.has(node));
      if (uses.length === 0) return [];
      const gradient = (name: string, subtree: number): number =>
        gradients + (firstSubtree + subtree) * gradientBytes + offsetOf(offsets, `${owner}.${name}`);
      return [{ kind: 'once', run: () => addUses(this.#kernels, uses, ownShards.length, subtrees, gradient) }];
    });
  }

  #context(
    { range, shards: ownShards, subtrees, firstSubtree, treeMerges }: MicroBatch,
    node: ResolvedNode,
    index: number,
    [forwardRows, backwardRows]: readonly [number, number],
    parameters: ReadonlyMap<string, number>,
    buffers: ReadonlyMap<string, number>,
  ): Omit<LayerContext<unknown, unknown>, 'fused'> {
    const { plan } = this;
    const { tensors } = plan;
    const activation = node.inputNames.map((name) => offsetOf(tensors.activations, name) * 4);
    const output = offsetOf(tensors.activations, node.name) * 4;
    const gradient = (tensors.gradients.get(node.name) ?? Number.NaN) * 4;
    const ownParameters = ownOffsets(node.parametersOf, node.parameters, parameters);
    const use = plan.shared.get(node.parametersOf)?.find((shared) => shared.node === node.name);
    const ownBuffers = ownOffsets(node.name, node.buffers, buffers);
    const next = (): 0 | 1 => (this.#parity === 0 ? 1 : 0);
    return {
      name: node.name,
      options: node.options,
      inputs: node.inputs,
      output: node.output,
      maxImages: plan.maxImages,
      shards: plan.options.shards,
      maxOwnShards: plan.maxOwnShards,
      ghost: plan.ghost,
      kernels: this.#kernels,
      memory: plan.layers[index],
      index,
      stream: (shard) => {
        const { seed, epoch, firstPosition } = this.#place;
        return { seed, epoch, position: firstPosition + this.batchPositions(shard).begin };
      },
      x: (shard, input = 0) => shard.base + activation[input]!,
      y: (shard) => shard.base + output,
      dy: (shard) => shard.base + gradient,
      dx: tensors.shares.get(node.name)!.map((share) => share && ((shard: Shard) => shard.base + share.offset * 4)),
      parameter: (name) => plan.parameters[this.#parity] + offsetOf(ownParameters, name),
      gradient: (name, subtree) =>
        plan.gradients + (firstSubtree + subtree) * plan.gradientBytes + offsetOf(ownParameters, name),
      subtrees,
      // The tables of merges begin with a 0.
      ...(use && shardwise(use, ownShards, plan.merges)),
      buffer: (name) => plan.buffers[this.#parity] + offsetOf(ownBuffers, name),
      bufferBefore: (name) => plan.buffers[this.#begun ? next() : this.#parity] + offsetOf(ownBuffers, name),
      nextBuffer: (name) => plan.buffers[next()] + offsetOf(ownBuffers, name),
      range,
      ownShards,
      forwardRows,
      backwardRows,
      groupRows: (shard) => plan.groupRows.pointer + shard * plan.groupRows.rowBytes + plan.groupRows.offsets[index]!,
      treeMerges,
      batchSamples: () => this.#samplesOf(range),
      shardSamples: (shard) => this.#shardImages[shard]!,
    };
  }
}

function checkFit(kernels: Kernels, { options, parameters, bytes }: ReplicaPlan, collective: Collective): void {
  if (collective.shards !== options.shards || collective.size !== options.workers) {
    throw new CoreError(
      'BATCH_INVALID',
      `the plan is for ${options.workers} workers and ${options.shards} shards, but the collective has ${collective.size} workers and ` +
        `${collective.shards} shards`,
    );
  }
  kernels.check('replica', parameters[0], bytes - slackBytes - parameters[0], 1);
}

/** By full name, in bytes. */
const byteOffsets = (entries: readonly { readonly name: string; readonly offset: number }[]): Map<string, number> =>
  new Map(entries.map(({ name, offset }) => [name, offset * 4]));

/** Of one node's tensors, by the names that its layer knows. */
const ownOffsets = (
  node: string,
  tensors: readonly { readonly name: string }[],
  offsets: ReadonlyMap<string, number>,
): Map<string, number> => new Map(tensors.map(({ name }) => [name, offsetOf(offsets, `${node}.${name}`)]));

function offsetOf(offsets: ReadonlyMap<string, number>, name: string): number {
  const offset = offsets.get(name);
  if (offset !== undefined) return offset;
  throw new CoreError('GRAPH_INVALID', `there is no tensor "${name}"; there are ${[...offsets.keys()].join(', ')}`);
}
