import type { Kernels } from '@lockstep/kernels';
import type { LayerProgram, Shard, Step } from '../layers/layer.ts';
import type { LossProgram } from '../losses/program.ts';
import type { Collective } from '../parallel/collective.ts';
import type { ReplicaPlan } from '../plan/replica-plan.ts';
import type { Training } from '../plan/training.ts';
import { type StepTimer, timed } from '../timing.ts';
import type { Batch } from './batch.ts';
import { addSharedUses, foldedPrograms, layerPrograms } from './layer-programs.ts';
import type { MicroBatch } from './micro-batches.ts';

/** A micro-batch made ready to run: what each pass over it does, piece by piece. */
export interface Passes {
  readonly training: TrainingPass;
  /** Where there is one. */
  readonly warmUp: TrainingPass | undefined;
  readonly evaluation: readonly (() => void)[];
}

interface TrainingPass {
  readonly forwardBackward: readonly (() => void)[];
  readonly afterMeeting: readonly (() => void)[];
}

/** Puts the pieces of the layers and of the losses in the order in which they run. */
export function passesOf(
  kernels: Kernels,
  plan: ReplicaPlan,
  collective: Collective,
  batch: Batch,
  microBatch: MicroBatch,
  losses: Pick<LossProgram, 'training' | 'evaluation'>,
  timer?: StepTimer,
): Passes {
  const { nodes } = plan.resolved;
  const programsFor = (training: Training): LayerProgram[] =>
    layerPrograms(kernels, plan, batch, training, microBatch).map((program, i) =>
      timer ? timed(program, nodes[i]!.name, timer) : program,
    );
  const once = (run: (() => void) | undefined): Step[] => (run ? [{ kind: 'once', run }] : []);
  const trainingPass = (training: Training, programs: readonly LayerProgram[]): TrainingPass => ({
    forwardBackward: join(microBatch, collective, [
      ...programs.flatMap((program) => once(program.beforeForward)),
      ...programs.flatMap(({ forward }) => forward),
      ...losses.training,
      ...programs.flatMap((program) => once(program.beforeBackward)),
      ...programs.toReversed().flatMap(({ backward }) => backward),
      ...addSharedUses(kernels, plan, training, microBatch),
    ]),
    afterMeeting: programs.flatMap(({ afterMeeting }) => afterMeeting ?? []),
  });
  const programs = programsFor(plan.training);
  const evaluation = foldedPrograms(plan, programs);
  return {
    training: trainingPass(plan.training, programs),
    warmUp: plan.warmUp && trainingPass(plan.warmUp, programsFor(plan.warmUp)),
    evaluation: join(microBatch, collective, [
      ...evaluation.flatMap((program) => once(program.beforeForward)),
      ...evaluation.flatMap(({ forward, evaluate }) => evaluate ?? forward),
      ...losses.evaluation,
    ]),
  };
}

/**
 * Groups neighbouring steps that go shard by shard, so that a shard's tensors stay in the cache from layer to layer. A sum of rows waits
 * until the group ends; or another layer's rows would take their place.
 */
function join({ shards, range }: MicroBatch, collective: Collective, steps: readonly Step[]): (() => void)[] {
  const runs: (() => void)[] = [];
  let group: ((shard: Shard) => void)[] | undefined;
  let waiting: (() => void)[] = [];
  const end = (): void => {
    group = undefined;
    runs.push(...waiting);
    waiting = [];
  };
  for (const step of steps) {
    if (step.kind === 'once' && step.keepsRows) {
      waiting.push(step.run);
      continue;
    }
    if (step.kind !== 'each' || (step.keepsRows && waiting.length > 0)) end();
    if (step.kind === 'each') {
      if (!group) {
        const calls: ((shard: Shard) => void)[] = [];
        runs.push(() => {
          for (const shard of shards) for (const call of calls) call(shard);
        });
        group = calls;
      }
      group.push(step.run);
    } else if (step.kind === 'once') runs.push(step.run);
    else runs.push(() => collective.gatherShardRows(step.pointer, step.rowBytes, range));
  }
  end();
  return runs;
}
