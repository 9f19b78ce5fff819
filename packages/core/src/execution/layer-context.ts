import type { Kernels } from '@lockstep/kernels';
import type { ResolvedNode } from '../graph/resolve.ts';
import type { LayerContext, Shard } from '../layers/layer.ts';
import { shardwise } from '../layers/shared-parameters.ts';
import type { ReplicaPlan } from '../plan/replica-plan.ts';
import { type Training, trainedParameters } from '../plan/training.ts';
import type { Batch } from './batch.ts';
import type { MicroBatch } from './micro-batches.ts';
import { byteOffsets, offsetOf } from './offsets.ts';

/** What layers run on, but for what depends on the layers around them. */
export type BasicContext = Omit<LayerContext<unknown, unknown>, 'fused' | 'forwardRows' | 'backwardRows'>;

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
      kernels,
      memory: plan.layers[index],
      index,
      stream: (shard) => {
        const { seed, epoch, firstPosition } = batch.place;
        return { seed, epoch, position: firstPosition + batch.positions(shard.index).begin };
      },
      x: (shard, input = 0) => shard.base + activation[input]!,
      y: (shard) => shard.base + output,
      dy: (shard) => shard.base + gradient,
      dx: tensors.shares
        .get(node.name)!
        .map((share, i) =>
          share && training.needs.has(node.inputNames[i]!)
            ? (shard: Shard) => shard.base + share.offset * 4
            : undefined,
        ),
      trains: (name) => trained.has(name),
      parameter: (name) => plan.parameters[batch.parity] + offsetOf(ownParameters, name),
      gradient: (name, subtree) =>
        plan.gradients + (firstSubtree + subtree) * plan.gradientBytes + offsetOf(ownParameters, name),
      subtrees,
      // The tables of merges begin with a 0.
      ...(use && shardwise(use, ownShards, plan.merges)),
      buffer: (name) => plan.buffers[batch.parity] + offsetOf(ownBuffers, name),
      bufferBefore: (name) => plan.buffers[batch.begun ? batch.nextParity : batch.parity] + offsetOf(ownBuffers, name),
      nextBuffer: (name) => plan.buffers[batch.nextParity] + offsetOf(ownBuffers, name),
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
): Map<string, number> => new Map(tensors.map(({ name }) => [name, offsetOf(offsets, `${node}.${name}`)]));
