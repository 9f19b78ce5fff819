import { expect } from 'vitest';
import { checkGradients, type GradientCheckOptions } from '../check-gradients.ts';
import type { Graph } from '../graph/graph.ts';
import { type Batch, testState } from './network.ts';

export interface ExpectedGradients
  extends Pick<GradientCheckOptions, 'shards' | 'ghostBatch' | 'state' | 'losses' | 'h'> {
  readonly graph: Graph;
  readonly batch: Batch;
  readonly tolerance?: number;
}

/** Expects of every parameter and every input that the loss depends on it, and that {@link checkGradients} finds its gradient right. */
export function expectGradients({ graph, batch, tolerance = 1e-4, ...options }: ExpectedGradients): void {
  const { labels, inputs, targets = { [graph.outputs[0]!]: labels }, place } = batch;
  const state = options.state ?? testState(graph);
  const checked = checkGradients(graph, { ...options, state, samples: labels.length, inputs, targets, place });
  for (const { name, error, largest } of checked) {
    expect(largest, `${name}: the loss depends on it`).toBeGreaterThan(0.01);
    expect(error, name).toBeLessThan(tolerance);
  }
}
