import { add, type Kernels, softmaxCrossEntropy } from '@lockstep/kernels';
import { CoreError } from './errors.ts';
import { elements } from './graph/graph.ts';
import type { ResolvedNode } from './graph/resolve.ts';
import type { LayerContext, LayerProgram, Shard, Step, Subtree } from './layers/layer.ts';
import type { Collective } from './parallel/collective.ts';
import { mergesAfterLeaf, ownedSubtrees, shardSamples } from './parallel/shards.ts';
import type { ReplicaPlan } from './plan/replica-plan.ts';

/**
 * Runs a network's forward and backward pass over one worker's shards of a batch, in one replica.
 *
 * 1. {@link beginBatch} says how many samples the batch has, and which of the two states is the current one.
 * 2. The caller writes the inputs and labels of each of {@link shards}.
 * 3. {@link forwardBackward} leaves the gradients' sums, one an owned subtree, and each sample's loss;
 *    or {@link evaluate} leaves the losses alone.
 *
 * Nothing is allocated in a step, and nothing of the current state is overwritten.
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
  #samples = 0;
  #parity: 0 | 1 = 0;

  constructor(kernels: Kernels, plan: ReplicaPlan, collective: Collective) {
    this.plan = plan;
    this.#kernels = kernels;
    this.#collective = collective;
    const { begin, end } = collective.ownShards;
    this.shards = Array.from({ length: end - begin }, (_, local) => ({
      index: begin + local,
      images: 0,
      base: plan.arena + local * plan.arenaBytes,
    }));
    this.#subtrees = this.#writeMerges();
    const programs = this.#layerPrograms();
    this.#training = this.#compile([
      ...programs.flatMap(({ forward }) => forward),
      this.#loss(true),
      ...programs.toReversed().flatMap(({ backward }) => backward),
    ]);
    this.#evaluation = this.#compile([
      ...programs.flatMap(({ forward, evaluate }) => evaluate ?? forward),
      this.#loss(false),
    ]);
  }

  /**
   * @param samples of the whole batch, over all workers
   * @param parity which of the two states is the current one; the other receives the next
   * @throws CoreError `BATCH_INVALID`
   */
  beginBatch(samples: number, parity: 0 | 1): void {
    const { batch, shards } = this.plan.options;
    if (!Number.isInteger(samples) || samples < 1 || samples > batch) {
      throw new CoreError('BATCH_INVALID', `expected a batch of 1 to ${batch} samples, got ${samples}`);
    }
    this.#samples = samples;
    this.#parity = parity;
    for (const shard of this.shards) {
      const range = shardSamples(shard.index, shards, samples);
      shard.images = range.end - range.begin;
    }
  }

  /** The samples of a shard, as positions in the batch. */
  batchPositions(shard: Shard): { begin: number; end: number } {
    return shardSamples(shard.index, this.plan.options.shards, this.#samples);
  }

  /** Pointer to a tensor: a graph's input, or the output of a node while it lives. float32 [images][…shape]. */
  tensor(shard: Shard, name: string): number {
    return shard.base + offsetOf(this.plan.tensors.activations, name) * 4;
  }

  /** Pointer to the gradient with respect to an input; float32, of the sum of the samples' losses. */
  inputGradient(shard: Shard, name: string): number {
    return shard.base + offsetOf(this.plan.tensors.gradients, name) * 4;
  }

  /** Pointers to what a shard's samples have an entry each of: int32 labels and predictions, float64 losses, float32 probabilities. */
  results(shard: Shard): { labels: number; losses: number; predicted: number; probabilities: number } {
    const first = (shard.index - this.#collective.ownShards.begin) * this.plan.maxImages;
    const { labels, losses, predicted, probabilities } = this.plan;
    return {
      labels: labels + first * 4,
      losses: losses + first * 8,
      predicted: predicted + first * 4,
      probabilities: probabilities + first * 4,
    };
  }

  /** Forward, loss, backward: the gradients of the sum of the losses, and the next running statistics. */
  forwardBackward(): void {
    for (const run of this.#training) run();
  }

  /** Forward with the running statistics, and the losses. */
  evaluate(): void {
    for (const run of this.#evaluation) run();
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

  #loss(gradient: boolean): Step {
    const { resolved, tensors } = this.plan;
    const [output] = resolved.graph.outputs;
    const shape = resolved.shapes.get(output!)!;
    if (shape.length !== 1) {
      throw new CoreError(
        'GRAPH_SHAPE',
        `output "${output}": cross-entropy expects a vector of [classes], got ${shape.join('x')}`,
      );
    }
    const gradientOffset = offsetOf(tensors.gradients, output!) * 4;
    return {
      kind: 'each',
      run: (shard) =>
        softmaxCrossEntropy(
          this.#kernels,
          {
            logits: this.tensor(shard, output!),
            gradient: gradient ? shard.base + gradientOffset : 0,
            ...this.results(shard),
          },
          shard.images,
          shape[0]!,
        ),
    };
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
    // Exchanges take the two places for rows in turn: forward in the order of the nodes, then backward.
    const exchanging = this.plan.resolved.nodes.filter((node) => node.layer.rowBytes(node.options, node.inputs) > 0);
    return this.plan.resolved.nodes.map((node, i) => {
      const exchange = exchanging.indexOf(node);
      const rows = [
        this.plan.rows[exchange & 1]!,
        this.plan.rows[(2 * exchanging.length - 1 - exchange) & 1]!,
      ] as const;
      const context = this.#context(node, this.plan.layers[i], rows);
      const program = node.layer.program(context);
      return { ...program, backward: [...program.backward, ...this.#addShares(node)] };
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

  #context(
    node: ResolvedNode,
    memory: unknown,
    [forwardRows, backwardRows]: readonly [number, number],
  ): LayerContext<unknown, unknown> {
    const { plan } = this;
    const { tensors, state } = plan;
    const activation = node.inputNames.map((name) => offsetOf(tensors.activations, name) * 4);
    const output = offsetOf(tensors.activations, node.name) * 4;
    const gradient = (tensors.gradients.get(node.name) ?? Number.NaN) * 4;
    const parameters = new Map(state.parameters.map(({ name, offset }) => [name, offset * 4]));
    const buffers = new Map(state.buffers.map(({ name, offset }) => [name, offset * 4]));
    const own = (name: string): string => `${node.name}.${name}`;
    return {
      name: node.name,
      options: node.options,
      inputs: node.inputs,
      output: node.output,
      maxImages: plan.maxImages,
      shards: plan.options.shards,
      maxOwnShards: plan.maxOwnShards,
      kernels: this.#kernels,
      memory,
      x: (shard, input = 0) => shard.base + activation[input]!,
      y: (shard) => shard.base + output,
      dy: (shard) => shard.base + gradient,
      dx: tensors.shares.get(node.name)!.map((share) => share && ((shard: Shard) => shard.base + share.offset * 4)),
      parameter: (name) => plan.parameters[this.#parity] + offsetOf(parameters, own(name)),
      gradient: (name, subtree) => plan.gradients + subtree * plan.gradientBytes + offsetOf(parameters, own(name)),
      buffer: (name) => plan.buffers[this.#parity] + offsetOf(buffers, own(name)),
      nextBuffer: (name) => plan.buffers[this.#parity === 0 ? 1 : 0] + offsetOf(buffers, own(name)),
      ownShards: this.shards,
      subtrees: this.#subtrees,
      forwardRows,
      backwardRows,
      treeMerges: plan.merges,
      batchSamples: () => this.#samples,
      shardSamples: (shard) => {
        const range = shardSamples(shard, plan.options.shards, this.#samples);
        return range.end - range.begin;
      },
    };
  }
}

function offsetOf(offsets: ReadonlyMap<string, number>, name: string): number {
  const offset = offsets.get(name);
  if (offset !== undefined) return offset;
  throw new CoreError('GRAPH_INVALID', `there is no tensor "${name}"; there are ${[...offsets.keys()].join(', ')}`);
}
