import fc from 'fast-check';
import { outputSize, type PoolGeometry, poolGeometry } from '../ops/pool-geometry.ts';

const size = fc.integer({ min: 1, max: 9 });
const kernel = fc.integer({ min: 1, max: 4 });
const padding = fc.integer({ min: 0, max: 2 });

const shapes = fc.record({
  height: size,
  width: size,
  channels: fc.oneof(fc.constantFrom(1, 3, 5, 17), fc.integer({ min: 1, max: 12 })),
  kernelSize: fc.tuple(kernel, kernel),
  stride: fc.tuple(kernel, kernel),
  padding: fc.tuple(padding, padding),
  dilation: fc.oneof(fc.constant<[number, number]>([1, 1]), fc.tuple(kernel, kernel)),
  ceilMode: fc.boolean(),
});

/** Windows of all kinds over small maps. */
export const poolGeometries: fc.Arbitrary<PoolGeometry> = shapes
  .filter((g) => g.padding.every((value, i) => 2 * value <= g.kernelSize[i]!))
  .filter(({ height, width, kernelSize, stride, padding, dilation, ceilMode }) =>
    [height, width].every(
      (length, i) => outputSize(length, kernelSize[i]!, stride[i]!, padding[i]!, dilation[i]!, ceilMode) > 0,
    ),
  )
  .map(poolGeometry);
