import type { Kernels } from '@lockstep/kernels';
import { z } from 'zod';
import { adagradOptimiser, adagradOptions } from './adagrad.ts';
import { adamOptimiser, adamOptions } from './adam.ts';
import { adamwOptimiser, adamwOptions } from './adamw.ts';
import { larsOptimiser, larsOptions } from './lars.ts';
import { lionOptimiser, lionOptions } from './lion.ts';
import type { TensorNorms } from './norms.ts';
import { rmspropOptimiser, rmspropOptions } from './rmsprop.ts';
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
  /** Samples of the batch: what the gradient is divided by, once. Where it is clipped, over the factor that it is clipped by. */
  readonly samples: number;
  readonly learningRate: number;
  /** How many updates came before this one. */
  readonly step: number;
  /** What the parameters belong to, for an optimiser that works {@link Optimiser.perTensor}. */
  readonly tensor?: UpdatedTensor | undefined;
}

/** The tensor which all parameters of an update belong to. */
export interface UpdatedTensor {
  /** Number of axes: 1 for a bias, and for scale and shift of a norm. */
  readonly axes: number;
  /** For an optimiser that uses norms: of the whole tensor. The gradient's is averaged, and clipped where it is. */
  readonly norms?: TensorNorms | undefined;
}

export interface Optimiser {
  /** Floats of state for each parameter. */
  readonly stateVectors: number;
  /** What each vector of state is full of before the first step; 0 where nothing is said. */
  readonly initialState?: readonly number[];
  /** Whether each update must be within one tensor, and say which. */
  readonly perTensor: boolean;
  /** Whether updates must be given the tensors' norms. */
  readonly usesNorms: boolean;
  update(kernels: Kernels, update: Update): void;
}

/** Which optimiser, and its options; the learning rate is the schedule's. */
export const optimiserSchema = z.discriminatedUnion('name', [
  sgdOptions,
  adagradOptions,
  rmspropOptions,
  adamOptions,
  adamwOptions,
  lionOptions,
  larsOptions,
]);
export type OptimiserOptions = z.output<typeof optimiserSchema>;
export type OptimiserName = OptimiserOptions['name'];

/** All optimisers by name. */
export const optimiserNames: readonly OptimiserName[] = optimiserSchema.options.map(({ shape }) => shape.name.value);

export function createOptimiser(options: OptimiserOptions): Optimiser {
  switch (options.name) {
    case 'sgd':
      return sgdOptimiser(options);
    case 'adagrad':
      return adagradOptimiser(options);
    case 'rmsprop':
      return rmspropOptimiser(options);
    case 'adam':
      return adamOptimiser(options);
    case 'adamw':
      return adamwOptimiser(options);
    case 'lion':
      return lionOptimiser(options);
    case 'lars':
      return larsOptimiser(options);
  }
}
