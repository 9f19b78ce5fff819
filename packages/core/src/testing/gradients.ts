import { expect } from 'vitest';
import type { Graph } from '../graph/graph.ts';
import type { OutputLoss } from '../losses/loss.ts';
import type { StateDict } from '../state.ts';
import { type Batch, Network, testState } from './network.ts';
import { relativeError } from './values.ts';

export interface GradientCheck {
  readonly graph: Graph;
  readonly batch: Batch;
  readonly shards?: number;
  readonly ghostBatch?: number;
  readonly state?: StateDict;
  readonly losses?: readonly OutputLoss[];
  /** How far each value is moved; small enough that no maximum and no ReLU changes its mind. A power of two, so that x ± h is exact. */
  readonly h?: number;
  readonly tolerance?: number;
}

/**
 * Compares the gradients with respect to every parameter and every input with differences of the loss, element by element;
 * relative to each tensor's largest.
 *
 * The loss is float64, of logits that are float32: with four points, (8(L(x+h) − L(x−h)) − (L(x+2h) − L(x−2h)))/12h, the
 * truncation error is h⁴/30·L⁽⁵⁾, so that h can be large enough for the rounding of the logits, about 1e-7/h, not to matter.
 * At h = 1/16 and 1/128, where h must be small, the largest difference is 6e-5.
 */
export function expectGradients({
  graph,
  batch,
  shards = 3,
  state = testState(graph),
  losses,
  ghostBatch,
  h = 1 / 16,
  tolerance = 1e-4,
}: GradientCheck): void {
  const network = new Network({ graph, batch: batch.labels.length, shards, inputGradients: true, losses, ghostBatch });
  const inputs = new Map(graph.inputs.map(({ name }) => [name, batch.inputs[name]!.slice()]));
  const moving: Batch = { ...batch, inputs: Object.fromEntries(inputs) };
  const loss = (): number => {
    network.load(state);
    network.train(moving);
    return network.losses().reduce((sum, value) => sum + value, 0);
  };
  loss();
  const analytic = network.gradients();
  for (const name of inputs.keys()) analytic.set(`d${name}`, network.inputGradient(name));

  const differences = (values: Float32Array): Float64Array =>
    Float64Array.from(values, (value, i) => {
      const moved = (steps: number): number => {
        values[i] = value + steps * h;
        return loss();
      };
      const slope = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * h);
      values[i] = value;
      return slope;
    });
  for (const [name, gradient] of analytic) {
    const values = inputs.get(name.slice(1)) ?? state.get(name)!.data;
    const expected = differences(values);
    expect(Math.max(...expected.map(Math.abs)), `${name}: the loss depends on it`).toBeGreaterThan(0.01);
    expect(relativeError(gradient, expected), name).toBeLessThan(tolerance);
  }
}
