import type { Kernels } from '@lockstep/kernels';
import { z } from 'zod';
import { sgdOptimiser, sgdOptions } from './sgd.ts';

/** Where an update of some neighbouring parameters reads and writes; it never overwrites what it reads. */
export interface Update {
  readonly parameters: number;
  readonly nextParameters: number;
  /** The sum of the samples' gradients. */
  readonly gradient: number;
  /** One pointer for each vector of state. */
  readonly state: readonly number[];
  readonly nextState: readonly number[];
  /** Floats, a multiple of 4. */
  readonly length: number;
  /** Samples of the batch: what the gradient is divided by, once. */
  readonly samples: number;
  readonly learningRate: number;
}

export interface Optimiser {
  /** Floats of state for each parameter. They start at 0. */
  readonly stateVectors: number;
  update(kernels: Kernels, update: Update): void;
}

/** Which optimiser, and its options; the learning rate is the schedule's. */
export const optimiserSchema = z.discriminatedUnion('name', [sgdOptions]);
export type OptimiserOptions = z.output<typeof optimiserSchema>;

export function createOptimiser(options: OptimiserOptions): Optimiser {
  switch (options.name) {
    case 'sgd':
      return sgdOptimiser(options);
  }
}
