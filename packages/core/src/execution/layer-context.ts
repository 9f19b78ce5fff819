import type { Kernels } from '@lockstep/kernels';
import type { ResolvedNode } from '../graph/resolve.ts';
import type { LayerContext, Shard } from '../layers/layer.ts';
import { shardwise } from '../layers/shared-parameters.ts';
import type { ReplicaPlan } from '../plan/replica-plan.ts';
import { type Training, trainedParameters } from '../plan/training.ts';
import type { Batch } from './batch.ts';
import type { MicroBatch } from './micro-batches.ts';
import { byteOffsets, placeOf, pointerTo } from './offsets.ts';

/** What layers run on, but for what depends on the layers around them. */
export type BasicContext = Omit<LayerContext<unknown, unknown>, 'fused' | 'residual' | 'forwardRows' | 'backwardRows'>;

/** Makes what each layer runs on in one micro-batch. @returns it by the node's place in the graph */
export function layerContexts(
  kernels: Kernels,
  plan: ReplicaPlan,
  batch: Batch,
  training: Training,
  { range, shards: ownShards, subtrees, firstSubtree, treeMerges }: MicroBatch,
): (index: number) => BasicContext {
  const { tensors, resolved, state } = plan;
  const parameters = byteOffsets(state.parameters);
  const buffers = byteOffsets(state.buffers);
  return (index) => {
    const node = resolved.nodes[index]!;
    const trained = new Set(trainedParameters(training, node));
    const inputs = node.inputNames.map((name) => placeOf(tensors.activations, name));
    const output = placeOf(tensors.activations, node.name);
    const gradient = tensors.gradients.get(node.name);
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
      kernels,
      memory: plan.layers[index],
      index,
      stream: (shard) => {
        const { seed, epoch, firstPosition } = batch.place;
        return { seed, epoch, position: firstPosition + batch.positions(shard.index).begin };
      },
      x: (shard, input = 0) => pointerTo(plan, inputs[input]!, shard),
      y: (shard) => pointerTo(plan, output, shard),
      dy: (shard) => (gradient ? pointerTo(plan, gradient, shard) : Number.NaN),
      dx: tensors.shares
        .get(node.name)!
        .map((share, i) =>
          share && training.needs.has(node.inputNames[i]!)
            ? (shard: Shard) => pointerTo(plan, share.place, shard)
            : undefined,
        ),
      addsToGradient: tensors.shares.get(node.name)![0]?.adds ?? false,
      trains: (name) => trained.has(name),
      parameter: (name) => plan.parameters[batch.parity] + placeOf(ownParameters, name),
      gradient: (name, subtree) =>
        plan.gradients + (firstSubtree + subtree) * plan.gradientBytes + placeOf(ownParameters, name),
      subtrees,
      // The tables of merges begin with a 0.
      ...(use && shardwise(use, ownShards, plan.merges)),
      buffer: (name) => plan.buffers[batch.parity] + placeOf(ownBuffers, name),
      bufferBefore: (name) => plan.buffers[batch.begun ? batch.nextParity : batch.parity] + placeOf(ownBuffers, name),
      nextBuffer: (name) => plan.buffers[batch.nextParity] + placeOf(ownBuffers, name),
      range,
      ownShards,
      groupRows: (shard) => plan.groupRows.pointer + shard * plan.groupRows.rowBytes + plan.groupRows.offsets[index]!,
      treeMerges,
      batchSamples: () => batch.samplesOf(range),
      shardSamples: (shard) => batch.shardSamples(shard),
    };
  };
}

/** Of one node's tensors, by the names that its layer knows. */
const ownOffsets = (
  node: string,
  tensors: ResolvedNode['parameters'] | ResolvedNode['buffers'],
  offsets: ReadonlyMap<string, number>,
): Map<string, number> => new Map(tensors.map(({ name }) => [name, placeOf(offsets, `${node}.${name}`)]));
