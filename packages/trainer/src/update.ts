import {
  clipFactor,
  learningRate,
  type ParameterNorms,
  parameterNorms,
  squareSumRow,
  type Update,
} from '@lockstep/core';
import { type Kernels, squareSum } from '@lockstep/kernels';
import { TrainerError } from './errors.ts';
import type { Replica } from './replica.ts';
import { stepSamples, stepsPerEpoch } from './setup.ts';
import { warmUpSteps } from './transfer.ts';

/**
 * For a step that needs norms: sums the own slice of all gradients, and the squares of its chunks, for the others to see after
 * the next meeting. Those of the parameters too, where the optimiser uses them.
 *
 * The sum stays in the worker's own first partial. Nobody else reads that partial within this slice, and a step that is taken
 * again computes the partials anew.
 */
export function sumSquares(replica: Replica, parity: 0 | 1): void {
  const { kernels, plan, rank, reduction, optimiser, norms } = replica;
  reduction.run((begin, end, sum) => {
    const target = plan.gradients + begin * 4;
    if (sum !== target) kernels.f32.copyWithin(target / 4, sum / 4, sum / 4 + end - begin);
  });
  const { chunks, owned } = norms!;
  for (let i = owned[rank]!.begin; i < owned[rank]!.end; i++) {
    const { begin, end } = chunks[i]!;
    const row = plan.squareSums / 8 + i * squareSumRow;
    const squares = (vector: number): number => squareSum(kernels, vector + begin * 4, end - begin);
    kernels.f64[row] = squares(plan.gradients);
    kernels.f64[row + 1] = optimiser.usesNorms ? squares(plan.parameters[parity]) : 0;
  }
}

/**
 * Updates the own slice. Where no norms are needed it sums the slice of all gradients in the order of the tree, block by block,
 * and updates each block while it is in the cache; else {@link sumSquares} has summed it.
 */
export function updateSlice(replica: Replica, step: number): void {
  const { kernels, plan, rank, reduction, optimiser, setup, slices } = replica;
  const { recipe, train } = setup;
  const epochSteps = stepsPerEpoch(train.length, recipe.batch);
  const samples = stepSamples(train.length, recipe.batch, step);
  const rate = learningRate(recipe.schedule, step, recipe.epochs * epochSteps, epochSteps);
  const norms = replica.norms && gatherNorms(replica, step);
  const divisor =
    norms && recipe.gradientClip ? samples / clipFactor(norms.gradient / samples, recipe.gradientClip) : samples;
  const now = step & 1;
  const next = 1 - now;
  const slice = slices[rank]!;
  const state = (parity: number, begin: number): number[] =>
    Array.from(
      { length: optimiser.stateVectors },
      (_, vector) => plan.optimiserState[parity]! + (vector * plan.sliceFloats + begin - slice.begin) * 4,
    );
  const tensorAt = tensorsInOrder(replica, norms, divisor, step, warmUpSteps(recipe, epochSteps));

  const update = (begin: number, end: number, gradient: number): void => {
    for (let from = begin; from < end; ) {
      const { tensorEnd, tensor, factor, updates } = tensorAt(from);
      const to = Math.min(end, tensorEnd);
      const pointers = {
        parameters: plan.parameters[now]! + from * 4,
        nextParameters: plan.parameters[next]! + from * 4,
        state: state(now, from),
        nextState: state(next, from),
      };
      if (factor === 0) keep(kernels, pointers, to - from);
      else
        optimiser.update(kernels, {
          ...pointers,
          gradient: gradient + (from - begin) * 4,
          length: to - from,
          samples: divisor,
          learningRate: rate * factor,
          step: updates,
          tensor,
        });
      from = to;
    }
  };
  if (norms) update(slice.begin, slice.end, plan.gradients + slice.begin * 4);
  else reduction.run(update);
}

/** What is not trained is the same in the next state. */
function keep(
  { f32 }: Kernels,
  {
    parameters,
    nextParameters,
    state,
    nextState,
  }: Pick<Update, 'parameters' | 'nextParameters' | 'state' | 'nextState'>,
  length: number,
): void {
  const copy = (from: number, to: number) => f32.copyWithin(to / 4, from / 4, from / 4 + length);
  copy(parameters, nextParameters);
  state.forEach((vector, i) => {
    copy(vector, nextState[i]!);
  });
}

/** The norms of all parameters and summed gradients: every worker has each chunk's sums of squares, and adds them in one order. */
function gatherNorms({ kernels, collective, plan, norms }: Replica, step: number): ParameterNorms {
  const { chunks, owned } = norms!;
  const rowFloats = squareSumRow * 2;
  collective.allGather(
    plan.squareSums,
    owned.map(({ begin, end }) => ({ begin: begin * rowFloats, end: end * rowFloats })),
  );
  const first = plan.squareSums / 8;
  const result = parameterNorms(chunks, kernels.f64.subarray(first, first + chunks.length * squareSumRow));
  if (!Number.isFinite(result.gradient)) {
    throw new TrainerError(
      'TRAINER_NOT_FINITE',
      `step ${step}: the norm of the gradient is ${result.gradient}: the training has diverged. ` +
        'Use a lower learning rate, a longer warm-up, or check the data',
    );
  }
  return result;
}

/**
 * For floats asked for from left to right: the tensor that each belongs to, the gap behind it included, and where that ends.
 * And what its learning rate is multiplied by, and how many updates it has had. Where all have the same rate, for an optimiser that does not work tensor by tensor all
 * parameters are one.
 */
function tensorsInOrder(
  { plan: { state }, optimiser, rates }: Replica,
  norms: ParameterNorms | undefined,
  divisor: number,
  step: number,
  warmUp: number,
) {
  const { parameters, parameterFloats } = state;
  const factors = rates && (step < warmUp ? rates.warmUp : rates.training);
  let index = 0;
  const endOf = (tensor: number): number => parameters[tensor + 1]?.offset ?? parameterFloats;
  return (float: number) => {
    if (!optimiser.perTensor && !factors)
      return { tensorEnd: parameterFloats, tensor: undefined, factor: 1, updates: step };
    while (endOf(index) <= float) index++;
    const own = norms?.tensors[index];
    return {
      tensorEnd: endOf(index),
      factor: factors?.[index] ?? 1,
      // For what was not trained in the warm-up the first update is the one behind it.
      updates: rates?.warmUp[index] === 0 ? step - warmUp : step,
      tensor: {
        axes: parameters[index]!.shape.length,
        norms: own && { parameters: own.parameters, gradient: own.gradient / divisor },
      },
    };
  };
}
