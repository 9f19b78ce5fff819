import { z } from 'zod';
import { cosine } from '../math.ts';

/** How the learning rate goes from step to step. Epochs may be fractions. */
export const scheduleSchema = z.strictObject({
  kind: z.enum(['cosine', 'step', 'constant']).default('cosine'),
  learningRate: z.number().positive(),
  /** Epochs of linear warm-up at the beginning. */
  warmupEpochs: z.number().min(0).default(0),
  /** For `step`: the learning rate is multiplied by `gamma` at each of these shares of the training. */
  milestones: z.array(z.number().gt(0).lt(1)).default([0.5, 0.75]),
  gamma: z.number().positive().default(0.1),
});
export type ScheduleOptions = z.output<typeof scheduleSchema>;

/**
 * The learning rate of step `step` of `steps`.
 *
 * - warm-up: rises in equal steps, and reaches `learningRate` at the warm-up's last step (Goyal et al. 2017);
 * - cosine: learningRate·(1 + cos(π·t))/2, t from 0 at the first step after the warm-up to 1 after the last (Loshchilov and Hutter 2017);
 * - step: learningRate·gamma^m, m milestones passed.
 */
export function learningRate(options: ScheduleOptions, step: number, steps: number, stepsPerEpoch: number): number {
  const warmup = Math.min(steps, Math.round(options.warmupEpochs * stepsPerEpoch));
  if (step < warmup) return (options.learningRate * (step + 1)) / warmup;
  switch (options.kind) {
    case 'constant':
      return options.learningRate;
    case 'step': {
      const passed = options.milestones.filter((share) => step >= share * steps).length;
      let rate = options.learningRate;
      for (let i = 0; i < passed; i++) rate *= options.gamma;
      return rate;
    }
    case 'cosine': {
      // Rounding may take the angle at the end one bit beyond π.
      const angle = Math.min(Math.PI, (Math.PI * (step - warmup)) / Math.max(1, steps - warmup));
      return (options.learningRate * (1 + cosine(angle))) / 2;
    }
  }
}
