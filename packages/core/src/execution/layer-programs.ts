import { add, type Kernels } from '@lockstep/kernels';
import { elements } from '../graph/graph.ts';
import type { ResolvedNode } from '../graph/resolve.ts';
import type { LayerProgram, ResidualConnection, Step } from '../layers/layer.ts';
import { addUses } from '../layers/shared-parameters.ts';
import { planFusions } from '../plan/fusion.ts';
import type { ReplicaPlan } from '../plan/replica-plan.ts';
import { isFrozen, type Training, trainedParameters } from '../plan/training.ts';
import type { Batch } from './batch.ts';
import { layerContexts } from './layer-context.ts';
import type { MicroBatch } from './micro-batches.ts';
import { byteOffsets, placeOf, pointerTo } from './offsets.ts';

/** The program of each node in one micro-batch, in the order of the graph. @param training what is trained */
export function layerPrograms(
  kernels: Kernels,
  plan: ReplicaPlan,
  batch: Batch,
  training: Training,
  microBatch: MicroBatch,
): LayerProgram[] {
  const { resolved, tensors, residuals } = plan;
  // Exchanges take the two places for rows in turn: forward in the order of the nodes, then backward; that of a normalisation which
  // waits for an addition is where the addition is.
  const exchanging = plan.ghost
    ? []
    : resolved.nodes.filter((node) => node.layer.rowBytes(node.options, node.inputs) > 0 && !isFrozen(training, node));
  const residualOf = (node: ResolvedNode) => residuals.find(({ norm }) => norm === node);
  const place = (node: ResolvedNode): number => resolved.nodes.indexOf(residualOf(node)?.add ?? node);
  const exchangingBack = exchanging.toSorted((left, right) => place(right) - place(left));
  const fusions = planFusions(resolved, tensors);
  const fusedInto = new Map([...fusions.values()].map(({ into, operation }) => [into, operation]));
  const contextOf = layerContexts(kernels, plan, batch, training, microBatch);
  const programs: LayerProgram[] = [];
  const programOf = (node: ResolvedNode, i: number): LayerProgram => {
    if (fusions.has(node.name)) return { forward: [], backward: [] };
    const own = node.layer.program({
      ...contextOf(i),
      forwardRows: plan.rows[exchanging.indexOf(node) & 1]!,
      backwardRows: plan.rows[(exchanging.length + exchangingBack.indexOf(node)) & 1]!,
      fused: fusedInto.get(node.name),
      residual: connectionOf(node),
    });
    const program = behindNorm(node, own);
    // What the loss does not depend on has no backward pass. Its meetings stay, so that the places are still in turn.
    const backward = hasGradient(plan, training, node.name)
      ? [...inputAgain(node), ...program.backward, ...addShares(kernels, plan, training, node)]
      : program.backward.filter(({ kind }) => kind === 'gather');
    return { ...program, backward };
  };
  const connectionOf = (node: ResolvedNode): ResidualConnection | undefined => {
    const residual = residualOf(node);
    if (!residual) return undefined;
    const { x, dx } = contextOf(place(node));
    return { x: (shard) => x(shard, 1), dx: dx[1], activation: residual.activation && 'relu' };
  };
  /** An addition's place has what the normalisation does there, and the ReLU behind it nothing. Both are themselves in evaluation. */
  const behindNorm = (node: ResolvedNode, own: LayerProgram): LayerProgram => {
    const residual = residuals.find(({ add, activation }) => node === add || node === activation);
    if (!residual) return own;
    const nothing = { forward: [], backward: [] };
    const together = node === residual.add ? programs[resolved.nodes.indexOf(residual.norm)]!.withResidual : nothing;
    return { ...(together ?? nothing), evaluate: own.forward };
  };
  /** What was not kept of the forward pass, for the gradients of parameters. */
  const inputAgain = (node: ResolvedNode): Step[] => {
    const maker = tensors.passing.get(node.inputNames[0]!);
    if (!maker || fusions.has(node.name) || trainedParameters(training, node).length === 0) return [];
    // In the same group as the gradient that reads it: where another layer's rows end a group, then before this.
    return [{ kind: 'each', keepsRows: true, run: programs[resolved.nodes.indexOf(maker)]!.again! }];
  };
  for (const [i, node] of resolved.nodes.entries()) programs.push(programOf(node, i));
  return programs;
}

/** Whether the loss depends on a tensor, and somebody needs to know how. */
const hasGradient = ({ tensors }: ReplicaPlan, { needs }: Training, name: string): boolean =>
  tensors.gradients.has(name) && needs.has(name);

/** The programs of evaluation, where convolutions have the normalisations behind them in their weights. */
export function foldedPrograms(
  { resolved, foldings }: ReplicaPlan,
  programs: readonly LayerProgram[],
): Pick<LayerProgram, 'beforeForward' | 'forward' | 'evaluate'>[] {
  // The normalisation is the next node. With an activation in it that convolutions cannot do it is not only affine.
  const affineOf = (i: number) => (foldings.has(resolved.nodes[i]!.name) ? programs[i + 1]!.affine : undefined);
  return programs.map((program, i) => {
    if (i > 0 && affineOf(i - 1)) return { forward: [] };
    const affine = affineOf(i);
    if (!affine) return program;
    const { before, forward } = program.folded!(affine);
    return { beforeForward: before, forward };
  });
}

/** Where a tensor is read more than once, the gradients of all readers but one are added to that one's. */
function addShares(kernels: Kernels, plan: ReplicaPlan, { needs }: Training, node: ResolvedNode): Step[] {
  return plan.tensors.shares.get(node.name)!.flatMap((share, i): Step[] => {
    const target = share?.addTo;
    if (!share || target === undefined || !needs.has(node.inputNames[i]!)) return [];
    const size = elements(node.inputs[i]!);
    return [
      {
        kind: 'each',
        run: (shard) =>
          add(kernels, pointerTo(plan, target, shard), pointerTo(plan, share.place, shard), shard.images * size),
      },
    ];
  });
}

/** Where nodes share parameters, the gradient is the sum over those nodes that the loss depends on. */
export function addSharedUses(
  kernels: Kernels,
  plan: ReplicaPlan,
  training: Training,
  { shards: ownShards, subtrees, firstSubtree }: MicroBatch,
): Step[] {
  const { shared, resolved, state, gradients, gradientBytes } = plan;
  const offsets = byteOffsets(state.parameters);
  return [...shared].flatMap(([owner, all]): Step[] => {
    const uses = all.filter(({ node }) => hasGradient(plan, training, node));
    const node = resolved.nodes.find(({ name }) => name === owner)!;
    const trained = trainedParameters(training, node);
    if (uses.length === 0 || trained.length === 0) return [];
    const gradient = (name: string, subtree: number): number =>
      gradients + (firstSubtree + subtree) * gradientBytes + placeOf(offsets, `${owner}.${name}`);
    return [{ kind: 'once', run: () => addUses(kernels, uses, trained, ownShards.length, subtrees, gradient) }];
  });
}
