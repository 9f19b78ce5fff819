import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { acCode, dcCode, encodeScan, padded } from '../testing/jpeg.ts';
import { type JpegScan, jpegBlocks, jpegCoefficients, jpegStateBytes } from './jpeg-coefficients.ts';
import { jpegHuffmanTable, jpegTableBytes } from './jpeg-huffman-table.ts';
import { jpegStreamBytes, jpegUnstuff } from './jpeg-unstuff.ts';

interface Layout {
  readonly rows: number;
  readonly units: number;
  readonly colours: boolean;
  readonly horizontal: number;
  readonly vertical: number;
  readonly interval: number;
}

const layouts = fc.record({
  rows: fc.integer({ min: 1, max: 3 }),
  units: fc.integer({ min: 1, max: 4 }),
  colours: fc.boolean(),
  horizontal: fc.integer({ min: 1, max: 2 }),
  vertical: fc.integer({ min: 1, max: 2 }),
  interval: fc.integer({ min: 1, max: 12 }),
});

/** Of each block of a unit. */
const componentsOf = ({ colours, horizontal, vertical }: Layout): number[] => [
  ...new Array(horizontal * vertical).fill(0),
  ...(colours ? [1, 2] : []),
];

/** Blocks of few or of many coefficients, small and large, some of them of none. */
function blocksOf(count: number, seed: number): number[][] {
  return Array.from({ length: count }, (_, block) => {
    const random = pseudoRandom(130, seed + block, 1);
    const share = random[128]!;
    return Array.from({ length: 64 }, (_, i) => {
      if (i === 0) return Math.round(1000 * random[0]!);
      return random[i]! > share ? 0 : Math.round((random[129]! > 0 ? 3 : 1000) * random[64 + i]!);
    });
  });
}

/** Compares what is made of the bytes of a scan with the reference. @returns whether there is anything */
function check(layout: Layout, bytes: readonly number[]): boolean {
  const { rows, units, horizontal, vertical, colours } = layout;
  const total = rows * units;
  const interval = Math.min(layout.interval, total);
  const count = Math.ceil(total / interval);
  const components = componentsOf(layout);
  const scanned = reference.jpegUnstuff(bytes, count);
  const tables = components.map((component) => ({ component, dc: dcCode, ac: acCode }));
  const expected = scanned && reference.jpegCoefficients(scanned.segments, interval, total, tables);
  onEveryBuild((arena) => {
    const { k } = arena;
    const [file, code] = [arena.putBytes(bytes), arena.putBytes([...padded(dcCode), ...padded(acCode)])];
    const scan: JpegScan = {
      stream: arena.scratch(jpegStreamBytes(bytes.length, count)),
      streamBytes: bytes.length + 32 * count,
      segments: arena.scratch(8 * count),
      state: arena.scratch(jpegStateBytes),
      tables: arena.scratch(8 * jpegTableBytes),
      ...{ segmentCount: count, interval, total, horizontal, vertical },
      components: (colours ? [0, 1, 2] : [0]).map((i) => ({ dc: i, ac: 3 - i })),
    };
    k.u8.fill(0, scan.state, scan.state + jpegStateBytes);
    const blocks = jpegBlocks(scan) * units;
    expect(blocks).toBe(components.length * units);
    const x = Array.from({ length: rows }, () => [arena.scratch(128 * blocks), arena.scratch(blocks)] as const);
    let decoded = false;
    arena.run(() => {
      for (let i = 0; i < 3; i++) {
        jpegHuffmanTable(k, code, scan.tables + i * jpegTableBytes);
        jpegHuffmanTable(k, code + 272, scan.tables + (7 - i) * jpegTableBytes);
      }
      decoded =
        jpegUnstuff(k, file, bytes.length, scan.stream, scan.segments, count) >= 0 &&
        x.every(([values, extents]) => jpegCoefficients(k, scan, units, values, extents));
    });
    expect(decoded).toBe(expected !== undefined);
    if (!expected) return;
    for (const [i, { values, last }] of expected.entries()) {
      const [unit, block] = [Math.floor(i / components.length), i % components.length];
      const [values16, extents] = x[Math.floor(unit / units)]!;
      const column = unit % units;
      const row = Math.floor(block / horizontal);
      const place =
        block < horizontal * vertical
          ? (row * units + column) * horizontal + (block % horizontal)
          : block * units + column;
      const found = new Int16Array(arena.bytes(values16 + 128 * place, 128).buffer);
      expect([...found]).toEqual(values);
      expect(k.u8[extents + place]).toBe(last);
    }
  });
  return expected !== undefined;
}

it('decodes what was encoded, over rows and restart intervals', () => {
  fc.assert(
    fc.property(layouts, fc.nat(1000), (layout, seed) => {
      const components = componentsOf(layout);
      const blocks = blocksOf(layout.rows * layout.units * components.length, seed);
      expect(check(layout, encodeScan(blocks, components, layout.interval))).toBe(true);
    }),
    { seed: 5, numRuns: 20 },
  );
});

it('does the same as the reference with damaged bytes', () => {
  let refused = 0;
  const damage = fc.array(fc.tuple(fc.nat(10_000), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(layouts, fc.nat(1000), damage, fc.nat(40), (layout, seed, changes, cut) => {
      const components = componentsOf(layout);
      const bytes = encodeScan(
        blocksOf(layout.rows * layout.units * components.length, seed),
        components,
        layout.interval,
      );
      for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
      if (cut < 20) bytes.splice((cut * bytes.length) / 40, 1 + cut);
      if (!check(layout, bytes)) refused++;
    }),
    { seed: 6, numRuns: 40 },
  );
  expect(refused).toBeGreaterThan(10);
});
