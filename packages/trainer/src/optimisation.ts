import { type OptimiserName, optimiserSchema, scheduleSchema } from '@lockstep/core';
import { TrainerError } from './errors.ts';
import type { TrainOptions } from './options.ts';

/** Where nobody chose: a learning rate for each optimiser, and what else is not the optimiser's own default. */
export const optimiserDefaults = {
  sgd: { lr: 0.1, weightDecay: 1e-4 },
  adagrad: { lr: 0.01 },
  rmsprop: { lr: 1e-3 },
  adam: { lr: 1e-3 },
  adamw: { lr: 1e-3 },
  lion: { lr: 1e-4 },
  lars: { lr: 1, weightDecay: 1e-4 },
} as const satisfies Record<OptimiserName, { lr: number; weightDecay?: number }>;

/** The options that not every optimiser has. */
const optimiserFields = [
  'momentum',
  'weightDecay',
  'decayExclude',
  'beta1',
  'beta2',
  'alpha',
  'eps',
  'trustCoefficient',
] as const satisfies readonly (keyof TrainOptions)[];

/**
 * The optimiser and the schedule that the options ask for.
 *
 * @throws TrainerError `TRAINER_OPTIONS` for an option that the optimiser does not have
 */
export function optimisation(options: TrainOptions) {
  const { optimizer, lr, nesterov, clipNorm } = options;
  const { lr: defaultRate, ...defaults } = optimiserDefaults[optimizer];
  const known = optimiserSchema.options.find(({ shape }) => shape.name.value === optimizer)!.shape;
  const given = optimiserFields.filter((key) => options[key] !== undefined);
  for (const key of given) {
    if (key in known) continue;
    const others = optimiserFields.filter((field) => field in known).join(', ');
    throw new TrainerError('TRAINER_OPTIONS', `${optimizer} has no option ${key}: leave it out; it has ${others}`);
  }
  return {
    optimiser: optimiserSchema.parse({
      name: optimizer,
      ...defaults,
      ...Object.fromEntries(given.map((key) => [key, options[key]])),
      ...('nesterov' in known ? { nesterov: nesterov && options.momentum !== 0 } : {}),
    }),
    gradientClip: clipNorm === undefined ? undefined : { norm: clipNorm },
    schedule: scheduleSchema.parse({
      kind: options.schedule,
      learningRate: lr ?? defaultRate,
      warmupEpochs: options.warmupEpochs,
    }),
  };
}
