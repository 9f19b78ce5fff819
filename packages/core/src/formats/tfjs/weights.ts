import { z } from 'zod';
import { CoreError } from '../../errors.ts';
import { elements } from '../../graph/graph.ts';
import { readFloats } from '../float-types.ts';

/** A tensor as Keras has it. */
export interface KerasTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const sizes = z.array(z.int().min(0));

/** Groups of weights that follow each other, and the files that their bytes are in. */
export const manifestSchema = z.array(
  z.object({
    paths: z.array(z.string()),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: sizes,
        dtype: z.string(),
        quantization: z
          .object({ dtype: z.string(), scale: z.number().optional(), min: z.number().optional() })
          .optional(),
      }),
    ),
  }),
);

type Manifest = z.output<typeof manifestSchema>;
type Weight = Manifest[0]['weights'][0];

/** Bytes of a value, of what can be read. */
const widths: ReadonlyMap<string, number> = new Map([
  ['float32', 4],
  ['float16', 2],
  ['uint8', 1],
  ['uint16', 2],
]);

/**
 * The weights by their names. Each group's sizes are compared with its files before anything is made of it.
 *
 * @param read gives the bytes of a file beside `model.json`
 * @throws CoreError `FORMAT_INVALID`
 */
export async function readWeights(
  manifest: Manifest,
  read: (path: string) => Promise<Uint8Array>,
  where: string,
): Promise<Map<string, KerasTensor>> {
  const tensors = new Map<string, KerasTensor>();
  for (const { paths, weights } of manifest) {
    const invalid = (what: string) => new CoreError('FORMAT_INVALID', `${where}: ${what}`);
    const lengths = weights.map((weight) => byteLength(weight, invalid));
    const expected = lengths.reduce((sum, length) => sum + length, 0);
    for (const path of paths) {
      if (!/^[\w-][\w.-]*$/.test(path))
        throw invalid(`the file of weights ${JSON.stringify(path.slice(0, 80))} is not beside it`);
    }
    const shards = await Promise.all(paths.map(read));
    const got = shards.reduce((sum, { length }) => sum + length, 0);
    if (got !== expected) throw invalid(`${paths.join(', ').slice(0, 200)} have ${got} bytes, expected ${expected}`);
    const bytes = new Uint8Array(expected);
    let offset = 0;
    for (const shard of shards) {
      bytes.set(shard, offset);
      offset += shard.length;
    }
    offset = 0;
    weights.forEach((weight, i) => {
      const data = values(weight, bytes.subarray(offset, offset + lengths[i]!));
      tensors.set(weight.name, { shape: weight.shape, data });
      offset += lengths[i]!;
    });
  }
  return tensors;
}

function byteLength({ name, shape, dtype, quantization }: Weight, invalid: (what: string) => CoreError): number {
  const width = dtype === 'float32' ? widths.get(quantization?.dtype ?? dtype) : undefined;
  const length = elements(shape) * (width ?? 0);
  if (width !== undefined && Number.isSafeInteger(length)) return length;
  throw invalid(
    `the weight "${name.slice(0, 80)}" of ${shape.join('x').slice(0, 80)} has the type ${(quantization?.dtype ?? dtype).slice(0, 20)}: expected float32, perhaps quantised to float16, uint8 or uint16`,
  );
}

function values({ quantization: q }: Weight, bytes: Uint8Array): Float32Array {
  if (!q || q.dtype === 'float32') return readFloats('F32', bytes);
  if (q.dtype === 'float16') return readFloats('F16', bytes);
  const { scale = 1, min = 0 } = q;
  if (q.dtype === 'uint8') return Float32Array.from(bytes, (value) => value * scale + min);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(i * 2, true) * scale + min);
}
