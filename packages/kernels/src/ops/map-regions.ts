import { checkApart, checkCounts, type Kernels, type Region } from '../kernels.ts';

/** Maps of one size that become maps of another. */
interface MapSizes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/** Pointers by name, each to maps of one of the two sizes. */
type MapRegions = Readonly<Record<string, readonly [pointer: number, like: 'input' | 'output']>>;

/**
 * Refuses regions that are not as large as the images before, or after; and if the last, which is written, overlaps others.
 *
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function checkMaps(k: Kernels, op: string, g: MapSizes, images: number, regions: MapRegions): void {
  checkCounts(op, { images });
  const input = images * g.height * g.width * g.channels;
  const output = images * g.outputHeight * g.outputWidth * g.channels;
  const others: Record<string, Region> = {};
  let [last, written] = ['', { pointer: 0, elements: 0 }];
  for (const name in regions) {
    const [pointer, like] = regions[name]!;
    const elements = like === 'input' ? input : output;
    if (!k.holds(pointer, elements)) k.check(`${op}: ${name}`, pointer, elements);
    if (last) others[last] = written;
    [last, written] = [name, { pointer, elements }];
  }
  checkApart(op, written, others);
}
