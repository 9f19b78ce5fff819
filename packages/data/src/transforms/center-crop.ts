import { z } from 'zod';
import type { ImageShape } from '../image.ts';
import { crop, paddingParameters, sizeSchema } from './crop.ts';
import { defineTransform } from './define.ts';
import { roundHalfEven } from './rounding.ts';

/** Where torchvision's `center_crop` begins along one direction; what is too small is padded, more behind than before. */
const begin = (size: number, wanted: number): number =>
  wanted > size ? -Math.floor((wanted - size) / 2) : roundHalfEven((size - wanted) / 2);

const corner = ({ height, width }: ImageShape, [wantedHeight, wantedWidth]: readonly [number, number]) =>
  [begin(height, wantedHeight), begin(width, wantedWidth)] as const;

/** `{ op: 'center_crop', size: 224 }`: the middle, as torchvision's `CenterCrop`; `size: [height, width]` likewise. */
export const centerCropTransform = defineTransform({
  name: 'center_crop',
  parameters: z.strictObject({ size: sizeSchema, ...paddingParameters }),
  sampled: z.null(),
  sample: () => null,
  outputShape: ({ channels }, { size: [height, width] }) => ({ height, width, channels }),
  apply: (image, _sampled, output, parameters) => {
    crop(image, ...corner(image, parameters.size), output, parameters);
  },
  geometry(shape, _sampled, { size }) {
    const [top, left] = corner(shape, size);
    return [1, 0, left, 0, 1, top, 0, 0];
  },
});
