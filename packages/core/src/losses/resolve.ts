import { z } from 'zod';
import { CoreError } from '../errors.ts';
import { elements, type Graph, type Shape, shapeText } from '../graph/graph.ts';
import { crossEntropyLoss } from './cross-entropy-loss.ts';
import type { OutputLoss, TargetKind } from './loss.ts';
import { type AnyLoss, lossOf } from './registry.ts';

/** A loss of an output, checked, with what is known of it. */
export interface ResolvedLoss {
  readonly output: string;
  readonly shape: Shape;
  readonly loss: AnyLoss;
  readonly options: unknown;
  readonly weight: number;
  readonly auxiliary: boolean;
  /** What a sample is compared with: so many values of 4 bytes each. */
  readonly target: { readonly kind: TargetKind; readonly elements: number };
}

/**
 * What a classifier is trained by, and any network if nobody says otherwise: the cross-entropy of its first output, and of its
 * auxiliary heads with their weights.
 *
 * @param options of `crossEntropyLoss`
 */
export function classificationLosses(
  { outputs, auxiliary = {} }: Graph,
  options?: Parameters<typeof crossEntropyLoss>[0],
): OutputLoss[] {
  const loss = crossEntropyLoss(options);
  return [
    ...outputs.slice(0, 1).map((output) => ({ output, loss })),
    ...Object.entries(auxiliary).map(([output, weight]) => ({ output, loss, weight, auxiliary: true })),
  ];
}

/**
 * Checks the losses of a graph's outputs.
 *
 * @throws CoreError that names the output: `LOSS_UNKNOWN`, `LOSS_OPTIONS`, `GRAPH_INVALID` or `GRAPH_SHAPE`.
 */
export function resolveLosses(
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
  losses: readonly OutputLoss[] = classificationLosses(graph),
): ResolvedLoss[] {
  if (losses.length === 0) throw new CoreError('GRAPH_INVALID', `graph "${graph.name}" has no loss to be trained by`);
  const resolved = losses.map((given) => resolveLoss(given, graph, shapes));
  const [first] = resolved;
  resolved.forEach(({ output, auxiliary, target }, i) => {
    if (resolved.findIndex((other) => other.output === output) !== i) {
      throw new CoreError('GRAPH_INVALID', `output "${output}" has two losses: add a second output of the same tensor`);
    }
    if (!auxiliary) return;
    if (i === 0) throw new CoreError('GRAPH_INVALID', `output "${output}": the first loss cannot be auxiliary`);
    if (target.kind !== first!.target.kind || target.elements !== first!.target.elements) {
      throw new CoreError(
        'GRAPH_SHAPE',
        `output "${output}": an auxiliary loss has the target of the first, ${targetText(first!)}, but it takes ${targetText(resolved[i]!)}`,
      );
    }
  });
  return resolved;
}

const targetText = ({ target }: ResolvedLoss): string => `${target.elements} ${target.kind} a sample`;

function resolveLoss(
  { output, loss: call, weight = 1, auxiliary = false }: OutputLoss,
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
): ResolvedLoss {
  if (!graph.outputs.includes(output)) {
    throw new CoreError(
      'GRAPH_INVALID',
      `there is a loss of "${output}", which is no output of graph "${graph.name}"; its outputs are ${graph.outputs.join(', ')}`,
    );
  }
  if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
    throw new CoreError('LOSS_OPTIONS', `output "${output}": expected a finite weight of at least 0, got ${weight}`);
  }
  const loss = lossOf(call.name, output);
  const parsed = loss.options.safeParse(call.options);
  if (!parsed.success) {
    throw new CoreError(
      'LOSS_OPTIONS',
      `output "${output}" (${call.name}): ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    );
  }
  const options: unknown = parsed.data;
  const shape = shapes.get(output)!;
  const weights = loss.weights(options);
  if (weights && weights.length !== shape.at(-1)) {
    throw new CoreError(
      'GRAPH_SHAPE',
      `output "${output}" (${call.name}): expected a weight for each of the ${shape.at(-1)} channels of ${shapeText(shape)}, got ${weights.length}`,
    );
  }
  const kind = loss.target(options);
  const perSample = elements(kind === 'classes' ? shape.slice(0, -1) : shape);
  return { output, shape, loss, options, weight, auxiliary, target: { kind, elements: perSample } };
}
