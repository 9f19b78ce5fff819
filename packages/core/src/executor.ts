import { add, type Kernels, slackBytes } from '@lockstep/kernels';
import { CoreError } from './errors.ts';
import { elements } from './graph/graph.ts';
import type { ResolvedNode } from './graph/resolve.ts';
import type { LayerContext, LayerProgram, Shard, Step, Subtree } from './layers/layer.ts';
import { addUses, shardwise } from './layers/shared-parameters.ts';
import { lossProgram } from './losses/program.ts';
import type { Collective } from './parallel/collective.ts';
import { mergesAfterLeaf, ownedSubtrees, shardSamples } from './parallel/shards.ts';
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

/**
 * Runs a network's forward and backward pass over one worker's shards of a batch, in one replica.
 *
 * 1. {@link beginBatch} says how many samples the batch has, and which of the two states is the current one.
 * 2. The caller writes the inputs and labels of each of {@link shards}; for other losses than of classes, their targets.
 * 3. {@link forwardBackward} leaves the gradients' sums, one an owned subtree, and each sample's loss; or {@link evaluate} leaves
 *    the losses alone.
 * 4. After a meeting of all workers {@link updateStatistics} leaves the next running statistics.
 *
 * The loss is the plan's: by default the cross-entropy of the graph's first output. No memory of the replica is allocated in a
 * step, and nothing of the current state is overwritten.
 */
export class Executor {
  readonly plan: ReplicaPlan;
  /** This worker's shards. */
  readonly shards: readonly Shard[];
  readonly #kernels: Kernels;
  readonly #collective: Collective;
  readonly #subtrees: readonly Subtree[];
  readonly #training: readonly (() => void)[];
  readonly #evaluation: readonly (() => void)[];
  readonly #afterMeeting: readonly (() => void)[];
  /** Samples of each shard of the batch, everybody's. */
  readonly #shardImages: number[];
  #samples = 0;
  #parity: 0 | 1 = 0;
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
    const { begin, end } = collective.ownShards;
    this.shards = Array.from({ length: end - begin }, (_, local) => ({
      index: begin + local,
      images: 0,
      base: plan.arena + local * plan.arenaBytes,
    }));
    this.#shardImages = new Array<number>(plan.options.shards).fill(0);
    this.#subtrees = this.#writeMerges();
    const programs = this.#layerPrograms().map((program, i) =>
      timer ? timed(program, plan.resolved.nodes[i]!.name, timer) : program,
    );
    const losses = this.#losses();
    const once = (run: (() => void) | undefined): Step[] => (run ? [{ kind: 'once', run }] : []);
    const beforeForward = programs.flatMap((program) => once(program.beforeForward));
    this.#training = this.#compile([
      ...beforeForward,
      ...programs.flatMap(({ forward }) => forward),
      ...losses.training,
      ...programs.flatMap((program) => once(program.beforeBackward)),
      ...programs.toReversed().flatMap(({ backward }) => backward),
      ...this.#addUses(),
    ]);
    const evaluation = this.#fold(programs);
    this.#afterMeeting = programs.flatMap(({ afterMeeting }) => afterMeeting ?? []);
    this.#evaluation = this.#compile([
      ...evaluation.flatMap((program) => once(program.beforeForward)),
      ...evaluation.flatMap(({ forward, evaluate }) => evaluate ?? forward),
      ...losses.evaluation,
    ]);
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
   * @throws CoreError `BATCH_INVALID` before the first {@link beginBatch}, or for a batch that a batch norm cannot take
   * @throws KernelError `KERNEL_ARGUMENT` for a label that is no class
   */
  forwardBackward(): void {
    this.#checkBegun();
    this.#run(this.#training);
  }

  /**
   * What is left of a step once all workers have met behind {@link forwardBackward}, as they do for the gradients: the running
   * statistics of ghost groups, which must be copied before the workers meet again. Without such groups nothing.
   */
  updateStatistics(): void {
    const { pointer, rowBytes } = this.plan.groupRows;
    if (rowBytes > 0) this.#collective.copyShardRows(pointer, rowBytes);
    for (const run of this.#afterMeeting) run();
  }

  /**
   * Forward with the running statistics, and the losses.
   *
   * @throws CoreError `BATCH_INVALID` before the first {@link beginBatch}
   * @throws KernelError `KERNEL_ARGUMENT` for a label that is no class
   */
  evaluate(): void {
    this.#checkBegun();
    this.#run(this.#evaluation);
  }

  #checkBegun(): void {
    if (this.#samples === 0) throw new CoreError('BATCH_INVALID', 'there is no batch yet: call beginBatch() first');
  }

  #run(runs: readonly (() => void)[]): void {
    for (const run of runs) {
      run();
      this.#collective.beat?.();
    }
  }

  /** Groups neighbouring steps that go shard by shard, so that a shard's tensors stay in the cache from layer to layer. */
  #compile(steps: readonly Step[]): (() => void)[] {
    const runs: (() => void)[] = [];
    let group: ((shard: Shard) => void)[] | undefined;
    for (const step of steps) {
      if (step.kind === 'each') {
        if (!group) {
          const calls: ((shard: Shard) => void)[] = [];
          runs.push(() => {
            for (const shard of this.shards) for (const call of calls) call(shard);
          });
          group = calls;
        }
        group.push(step.run);
        continue;
      }
      group = undefined;
      if (step.kind === 'once') runs.push(step.run);
      else runs.push(() => this.#collective.gatherShardRows(step.pointer, step.rowBytes));
    }
    return runs;
  }

  /** Which of this worker's samples is a shard's first, where each shard has as much room as the largest needs. */
  #firstSample(shard: Shard): number {
    return (shard.index - this.#collective.ownShards.begin) * this.plan.maxImages;
  }

  #losses(): { readonly training: readonly Step[]; readonly evaluation: readonly Step[] } {
    const { losses, tensors, maxImages, options } = this.plan;
    return lossProgram({
      kernels: this.#kernels,
      plan: losses,
      shards: options.shards,
      firstShard: this.#collective.ownShards.begin,
      maxImages,
      tensor: (shard, name) => this.tensor(shard, name),
      gradient: (shard, name) => shard.base + offsetOf(tensors.gradients, name) * 4,
      batchSamples: () => this.#samples,
    });
  }

  /** Writes the order of the tree over all shards, and of each subtree that this worker owns, as kernels read it. */
  #writeMerges(): Subtree[] {
    const { plan } = this;
    const { shards } = plan.options;
    const all = { begin: 0, end: shards };
    this.#kernels.i32.set(mergesAfterLeaf(all), plan.merges / 4);
    const first = this.#collective.ownShards.begin;
    return ownedSubtrees(all, this.#collective.ownShards).map((range) => {
      const merges = mergesAfterLeaf(range);
      const mergesPointer = plan.merges + (shards + range.begin - first) * 4;
      this.#kernels.i32.set(merges, mergesPointer / 4);
      return { shards: this.shards.slice(range.begin - first, range.end - first), merges, mergesPointer };
    });
  }

  #layerPrograms(): LayerProgram[] {
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
      const program = node.layer.program({ ...this.#context(node, i, rows, parameters, buffers), fused });
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
  #addUses(): Step[] {
    const { shared, tensors, state, gradients, gradientBytes } = this.plan;
    const offsets = byteOffsets(state.parameters);
    return [...shared].flatMap(([owner, all]): Step[] => {
      const uses = all.filter(({ node }) => tensors.gradients.has(node));
      if (uses.length === 0) return [];
      const gradient = (name: string, subtree: number): number =>
        gradients + subtree * gradientBytes + offsetOf(offsets, `${owner}.${name}`);
      return [{ kind: 'once', run: () => addUses(this.#kernels, uses, this.shards.length, this.#subtrees, gradient) }];
    });
  }

  #context(
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
      gradient: (name, subtree) => plan.gradients + subtree * plan.gradientBytes + offsetOf(ownParameters, name),
      subtrees: this.#subtrees,
      // The tables of merges begin with a 0.
      ...(use && shardwise(use, this.shards, plan.merges)),
      buffer: (name) => plan.buffers[this.#parity] + offsetOf(ownBuffers, name),
      nextBuffer: (name) => plan.buffers[this.#parity === 0 ? 1 : 0] + offsetOf(ownBuffers, name),
      ownShards: this.shards,
      forwardRows,
      backwardRows,
      groupRows: (shard) => plan.groupRows.pointer + shard * plan.groupRows.rowBytes + plan.groupRows.offsets[index]!,
      treeMerges: plan.merges,
      batchSamples: () => this.#samples,
      shardSamples: (shard) => this.#shardImages[shard]!,
    };
  }
}

function checkFit(
  kernels: Kernels,
  { options, maxOwnShards, parameters, bytes }: ReplicaPlan,
  collective: Collective,
): void {
  const { begin, end } = collective.ownShards;
  if (collective.shards !== options.shards || collective.size !== options.workers || end - begin > maxOwnShards) {
    throw new CoreError(
      'BATCH_INVALID',
      `the plan is for ${options.workers} workers and ${options.shards} shards, ${maxOwnShards} a worker at most, but the collective has ` +
        `${collective.size} workers and ${collective.shards} shards, ${end - begin} of them this worker's`,
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
