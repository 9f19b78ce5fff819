import { CoreError } from '../errors.ts';
import { bceWithLogits } from './bce-with-logits-loss.ts';
import { crossEntropy } from './cross-entropy-loss.ts';
import type { Loss } from './loss.ts';
import { mse } from './mse-loss.ts';
import { softMargin } from './soft-margin-loss.ts';

/** A loss whose options are known to nobody but itself. */
// biome-ignore lint/suspicious/noExplicitAny: options go from the loss's own schema to its own functions
export type AnyLoss = Loss<any>;

/** Every kind of loss: a new one is a file and a line here. */
const losses: readonly AnyLoss[] = [bceWithLogits, crossEntropy, mse, softMargin];

const byName = new Map(losses.map((loss) => [loss.name, loss]));

/** @throws CoreError `LOSS_UNKNOWN` */
export function lossOf(name: string, output: string): AnyLoss {
  const loss = byName.get(name);
  if (loss) return loss;
  throw new CoreError(
    'LOSS_UNKNOWN',
    `output "${output}": there is no loss "${name}"; there are ${[...byName.keys()].join(', ')}`,
  );
}
