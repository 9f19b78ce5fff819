import { z } from 'zod';
import type { Generator } from './random/generator.ts';

/**
 * How a weight starts. Names and formulas are PyTorch's (`torch.nn.init`): Kaiming keeps the variance through a ReLU
 * (He et al. 2015), Xavier through a linear layer (Glorot and Bengio 2010).
 *
 * `torchDefault` is what `nn.Conv2d` and `nn.Linear` do unasked: uniform in ±1/√fanIn, for weight and bias. `truncatedNormal` draws
 * again what lies outside ±limit, which is `trunc_normal_` with a = −limit and b = limit.
 */
export const initialiserSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('torchDefault') }),
  z.strictObject({ kind: z.literal('kaimingUniform'), mode: z.enum(['fanIn', 'fanOut']).default('fanIn') }),
  z.strictObject({ kind: z.literal('kaimingNormal'), mode: z.enum(['fanIn', 'fanOut']).default('fanIn') }),
  z.strictObject({ kind: z.literal('xavierUniform') }),
  z.strictObject({ kind: z.literal('xavierNormal') }),
  z.strictObject({ kind: z.literal('uniform'), bound: z.number().positive() }),
  z.strictObject({ kind: z.literal('normal'), deviation: z.number().positive() }),
  z
    .strictObject({
      kind: z.literal('truncatedNormal'),
      deviation: z.number().positive(),
      limit: z.number().positive().default(2),
    })
    .refine(({ deviation, limit }) => limit >= deviation, 'expected a limit of one deviation at least'),
  z.strictObject({ kind: z.literal('constant'), value: z.number() }),
]);

export type Initialisation = z.output<typeof initialiserSchema>;

/** An initialisation, and the numbers of inputs and outputs that meet in one value of the tensor. */
export interface Initialiser {
  readonly initialisation: Initialisation;
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Fills a tensor, in the order of its PyTorch shape. */
export function initialise(
  values: Float32Array,
  { initialisation, fanIn, fanOut }: Initialiser,
  generator: Generator,
): void {
  const draw = distribution(initialisation, fanIn, fanOut, generator);
  for (let i = 0; i < values.length; i++) values[i] = draw();
}

function distribution(
  initialisation: Initialisation,
  fanIn: number,
  fanOut: number,
  generator: Generator,
): () => number {
  switch (initialisation.kind) {
    case 'torchDefault':
      return uniform(1 / Math.sqrt(fanIn), generator);
    case 'kaimingUniform':
      return uniform(Math.sqrt(6 / (initialisation.mode === 'fanIn' ? fanIn : fanOut)), generator);
    case 'kaimingNormal':
      return normal(Math.sqrt(2 / (initialisation.mode === 'fanIn' ? fanIn : fanOut)), generator);
    case 'xavierUniform':
      return uniform(Math.sqrt(6 / (fanIn + fanOut)), generator);
    case 'xavierNormal':
      return normal(Math.sqrt(2 / (fanIn + fanOut)), generator);
    case 'uniform':
      return uniform(initialisation.bound, generator);
    case 'normal':
      return normal(initialisation.deviation, generator);
    case 'truncatedNormal':
      return truncatedNormal(initialisation.deviation, initialisation.limit, generator);
    case 'constant':
      return () => initialisation.value;
  }
}

const uniform = (bound: number, generator: Generator) => () => generator.uniform(-bound, bound);
const normal = (deviation: number, generator: Generator) => () => deviation * generator.normal();
const truncatedNormal = (deviation: number, limit: number, generator: Generator) => {
  const draw = normal(deviation, generator);
  return () => {
    for (;;) {
      const value = draw();
      if (Math.abs(value) <= limit) return value;
    }
  };
};
