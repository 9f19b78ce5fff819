import { z } from 'zod';
import { CoreError } from '../errors.ts';
import { type Shape, shapeText } from '../graph/graph.ts';

/** A number for both directions, or [height, width]. */
export const pairOf = (value: z.ZodNumber) =>
  z
    .union([value, z.tuple([value, value])])
    .transform((given): [number, number] => (typeof given === 'number' ? [given, given] : given));

/** A size in both directions, or [height, width]. */
export const pair = (minimum: number) => pairOf(z.int().min(minimum));

/** @throws CoreError `GRAPH_SHAPE` unless the input is a map. */
export function mapShape(
  op: string,
  input: Shape | undefined,
): readonly [height: number, width: number, channels: number] {
  if (input?.length === 3) return input as readonly [number, number, number];
  throw new CoreError(
    'GRAPH_SHAPE',
    `${op} expects a map of [height, width, channels], got ${input ? shapeText(input) : 'nothing'}`,
  );
}

/** @throws CoreError `GRAPH_SHAPE` unless the input is a sequence. */
export function sequenceShape(op: string, input: Shape | undefined): readonly [length: number, channels: number] {
  if (input?.length === 2) return input as readonly [number, number];
  throw new CoreError(
    'GRAPH_SHAPE',
    `${op} expects a sequence of [length, channels], got ${input ? shapeText(input) : 'nothing'}`,
  );
}

/** @throws CoreError `GRAPH_SHAPE` unless the input is a vector. */
export function vectorLength(op: string, input: Shape | undefined): number {
  if (input?.length === 1) return input[0]!;
  throw new CoreError(
    'GRAPH_SHAPE',
    `${op} expects a vector of [features], got ${input ? shapeText(input) : 'nothing'}; put a flatten before it`,
  );
}
