import { elements, type Shape } from '../graph/graph.ts';

/** Samples of [height, width, channels] as [channels, height, width]; vectors stay as they are. */
export function toChannelsFirst(values: Float32Array, shape: Shape): Float32Array {
  const channels = shape.at(-1)!;
  const pixels = elements(shape) / channels;
  const size = pixels * channels;
  return values.map((_, i) => {
    const within = i % size;
    return values[i - within + (within % pixels) * channels + Math.floor(within / pixels)]!;
  });
}
