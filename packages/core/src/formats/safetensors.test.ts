import { describe, expect, it } from 'vitest';
import type { StateDict } from '../state.ts';
import { pseudoRandom } from '../testing/values.ts';
import { byCodePoint, decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const tensor = (shape: readonly number[], seed = 1) => ({
  shape,
  data: pseudoRandom(
    shape.reduce((product, size) => product * size, 1),
    seed,
  ),
});

/** A file with any header, as a hostile one would have it. */
function fileOf(header: string | Uint8Array, dataBytes: number, headerBytes?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, headerBytes ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const entry = (shape: unknown, offsets: unknown, dtype: unknown = 'F32'): string =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

function headerOf(file: Uint8Array): string {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return new TextDecoder().decode(file.subarray(8, 8 + length));
}

describe('safetensors: what is written', () => {
  it('can be read again, bit for bit, with the metadata', () => {
    const special = Float32Array.of(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3.4028234663852886e38);
    const state: StateDict = new Map([
      ['conv.weight', tensor([2, 3, 1, 1])],
      ['a scalar', tensor([], 2)],
      ['nothing', tensor([0, 5])],
      ['special', { shape: [6], data: special }],
      ['größe · 大小', tensor([7], 3)],
    ]);
    const metadata = { format: 'pt', 'lockstep.version': '0.1.0' };
    const read = decodeSafetensors(encodeSafetensors(state, metadata), 'a file');
    expect(read.metadata).toEqual(metadata);
    expect([...read.state.keys()].sort(byCodePoint)).toEqual([...state.keys()].sort(byCodePoint));
    for (const [name, { shape, data }] of state) {
      expect(read.state.get(name)!.shape, name).toEqual(shape);
      expect(Buffer.from(read.state.get(name)!.data.buffer), name).toEqual(Buffer.from(data.buffer));
    }
    expect(decodeSafetensors(encodeSafetensors(new Map()), 'empty')).toEqual({
      state: new Map(),
      skipped: [],
      metadata: {},
    });
  });

  it("has the format's bytes: the length of the header, names in order, spaces up to a multiple of eight, little-endian floats", () => {
    const file = encodeSafetensors(
      new Map([
        ['b', { shape: [1], data: Float32Array.of(1) }],
        ['a', { shape: [1, 2], data: Float32Array.of(2, -2) }],
      ]),
    );
    const header =
      '{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}';
    expect(headerOf(file).trimEnd()).toBe(header);
    const data = 8 + Math.ceil(header.length / 8) * 8;
    expect(headerOf(file)).toHaveLength(data - 8);
    expect([...file.subarray(data)]).toEqual([0, 0, 0, 0x40, 0, 0, 0, 0xc0, 0, 0, 0x80, 0x3f]);
  });

  it('is the same whatever the order that tensors came in', () => {
    const [a, b] = [tensor([2], 1), tensor([3], 2)];
    expect(
      encodeSafetensors(
        new Map([
          ['a', a],
          ['b', b],
        ]),
      ),
    ).toEqual(
      encodeSafetensors(
        new Map([
          ['b', b],
          ['a', a],
        ]),
      ),
    );
  });

  it("may have any name, those of an object's own machinery too", () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '0', '{"'];
    const state = new Map(names.map((name, i) => [name, tensor([i + 1], i)]));
    const { state: read } = decodeSafetensors(encodeSafetensors(state, { kind: 'test' }), 'a file');
    expect([...read.keys()].sort()).toEqual([...names].sort());
    for (const [name, { data }] of state) expect(read.get(name)!.data, name).toEqual(data);
  });

  it('refuses a tensor that is not what it says, and the name of the metadata', () => {
    const data = new Float32Array(3);
    expect(() => encodeSafetensors(new Map([['a', { shape: [2, 2], data }]]))).toThrowError(
      expect.objectContaining({
        code: 'FORMAT_INVALID',
        message: expect.stringContaining('tensor "a" of 2x2 with 3 values'),
      }),
    );
    expect(() => encodeSafetensors(new Map([['__metadata__', { shape: [3], data }]]))).toThrowError(
      'a name other than __metadata__',
    );
  });
});

describe('safetensors: what is read', () => {
  it('may be a view of a larger buffer, at any byte', () => {
    const file = encodeSafetensors(new Map([['a', tensor([5])]]));
    for (const offset of [1, 2, 3, 8]) {
      const larger = new Uint8Array(file.length + 20);
      larger.set(file, offset);
      const { state } = decodeSafetensors(larger.subarray(offset, offset + file.length), 'a view');
      expect(state.get('a')!.data).toEqual(tensor([5]).data);
    }
  });

  it('may have its tensors in any order, as others write them', () => {
    const header = `{"a":${entry([1], [4, 8])},"b":${entry([1], [0, 4])},"c":${entry([0], [4, 4])}}`;
    const file = fileOf(header, 8);
    file.set([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40], file.length - 8);
    const { state } = decodeSafetensors(file, 'a file');
    expect([...state].map(([name, { data }]) => [name, ...data])).toEqual([['a', 2], ['b', 1], ['c']]);
  });

  it('may have other floats, which become float32, and integers, which are left out', () => {
    const header = `{"half":${entry([3], [0, 6], 'F16')},"brain":${entry([2], [6, 10], 'BF16')},"double":${entry([2], [10, 26], 'F64')},"bn.num_batches_tracked":${entry([], [26, 34], 'I64')}}`;
    const file = fileOf(header, 34);
    const view = new DataView(file.buffer, file.length - 34);
    // 1.5, the smallest subnormal 2⁻²⁴, −∞; 1 + 2⁻⁷, the largest negative one; values that float32 rounds.
    [0x3e00, 0x0001, 0xfc00, 0x3f81, 0xff7f].forEach((bits, i) => {
      view.setUint16(i * 2, bits, true);
    });
    view.setFloat64(10, 0.1, true);
    view.setFloat64(18, 1e-300, true);
    view.setBigInt64(26, 7n, true);
    const { state, skipped } = decodeSafetensors(file, 'a file');
    expect([...state].map(([name, { shape, data }]) => [name, shape, ...data])).toEqual([
      ['half', [3], 1.5, 2 ** -24, Number.NEGATIVE_INFINITY],
      ['brain', [2], 1.0078125, -(255 / 128) * 2 ** 127],
      ['double', [2], Math.fround(0.1), 0],
    ]);
    expect(skipped).toEqual(['bn.num_batches_tracked']);
  });

  const one = entry([1], [0, 4]);
  it.each<readonly [string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), "it has 0 bytes, and the header's length alone takes 8"],
    ['seven bytes', new Uint8Array(7), 'it has 7 bytes'],
    [
      'a header beyond the end',
      fileOf('{}', 0, 3n),
      'its header would have 3 bytes, but in a file of 10 it can have 2 at most',
    ],
    ['a header of 2⁶⁴ − 1 bytes', fileOf('{}', 0, 2n ** 64n - 1n), 'its header would have 18446744073709551615 bytes'],
    ['a header with its sign bit set', fileOf('{}', 0, 2n ** 63n), 'its header would have 9223372036854775808 bytes'],
    ['no JSON', fileOf('{"a": ', 0), 'its header is not JSON'],
    ['no header', fileOf('', 4), 'its header is not JSON'],
    ['no UTF-8', fileOf(Uint8Array.of(0x22, 0xff, 0xfe, 0x22), 0), 'its header is not JSON'],
    ['a list', fileOf('[]', 0), 'its header is not an object'],
    ['null', fileOf('null', 0), 'its header is not an object'],
    ['a number', fileOf('42', 0), 'its header is not an object'],
    [
      'an entry that is null',
      fileOf('{"a":null}', 0),
      'tensor "a" has the dtype missing, and only F64, F32, F16, BF16, I64 can be read',
    ],
    ['an entry that is a list', fileOf('{"a":[]}', 0), 'tensor "a" has the dtype missing'],
    ['an entry that is text', fileOf('{"a":"F32"}', 0), 'tensor "a" has the dtype missing'],
    [
      'another dtype',
      fileOf(`{"a":${entry([4], [0, 4], 'U8')}}`, 4),
      'tensor "a" has the dtype "U8", and only F64, F32, F16, BF16, I64 can be read',
    ],
    [
      "a dtype of everything's machinery",
      fileOf('{"a":{"dtype":"toString"}}', 0),
      'tensor "a" has the dtype "toString"',
    ],
    [
      'half as many bytes as its dtype takes',
      fileOf(`{"a":${entry([2], [0, 2], 'F16')}}`, 2),
      'tensor "a" of [2] F16 does not take 2 bytes',
    ],
    [
      'skipped integers of a wrong size',
      fileOf(`{"a":${entry([2], [0, 8], 'I64')}}`, 8),
      'tensor "a" of [2] I64 does not take 8 bytes',
    ],
    [
      'a dtype that cannot be text',
      fileOf('{"a":{"dtype":{"toString":1}}}', 0),
      'tensor "a" has the dtype {"toString":1}',
    ],
    [
      'a dtype as deep as can be',
      fileOf(`{"a":{"dtype":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`, 0),
      'tensor "a" has the dtype ',
    ],
    ['no shape', fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), 'tensor "a" has the shape missing'],
    [
      'a shape that is a number',
      fileOf(`{"a":${entry(1, [0, 4])}}`, 4),
      'tensor "a" has the shape 1, expected a list of sizes',
    ],
    ['a negative size', fileOf(`{"a":${entry([-1, -1], [0, 4])}}`, 4), 'tensor "a" has the shape [-1,-1]'],
    ['half a size', fileOf(`{"a":${entry([0.5, 2], [0, 4])}}`, 4), 'tensor "a" has the shape [0.5,2]'],
    ['a size that is text', fileOf(`{"a":${entry(['1'], [0, 4])}}`, 4), 'tensor "a" has the shape ["1"]'],
    [
      'a size beyond 2⁵³',
      fileOf(`{"a":${entry([2 ** 60], [0, 4])}}`, 4),
      'tensor "a" has the shape [1152921504606847000]',
    ],
    [
      'sizes whose product overflows',
      fileOf(`{"a":${entry([2 ** 32, 2 ** 32], [0, 0])}}`, 0),
      'tensor "a" of [4294967296,4294967296] F32 does not take 0 bytes',
    ],
    [
      'sizes whose product is not a number',
      fileOf(`{"a":${entry([...new Array<number>(30).fill(2 ** 52), 0], [0, 4])}}`, 4),
      'tensor "a" of [4503599627370496,4503599627370496,',
    ],
    ['a size too small', fileOf(`{"a":${entry([2], [0, 12])}}`, 12), 'tensor "a" of [2] F32 does not take 12 bytes'],
    ['a size too large', fileOf(`{"a":${entry([4], [0, 12])}}`, 12), 'tensor "a" of [4] F32 does not take 12 bytes'],
    [
      'bytes that are no floats',
      fileOf(`{"a":${entry([1], [0, 3])}}`, 3),
      'tensor "a" of [1] F32 does not take 3 bytes',
    ],
    ['no offsets', fileOf('{"a":{"dtype":"F32","shape":[1]}}', 4), 'tensor "a" has the offsets missing'],
    [
      'one offset',
      fileOf(`{"a":${entry([1], [0])}}`, 4),
      'tensor "a" has the offsets [0], expected [begin, end] in the 4 bytes that follow the header',
    ],
    ['three offsets', fileOf(`{"a":${entry([1], [0, 4, 4])}}`, 4), 'tensor "a" has the offsets [0,4,4]'],
    ['negative offsets', fileOf(`{"a":${entry([1], [-4, 0])}}`, 4), 'tensor "a" has the offsets [-4,0]'],
    ['half an offset', fileOf(`{"a":${entry([1], [0.5, 4.5])}}`, 8), 'tensor "a" has the offsets [0.5,4.5]'],
    ['offsets that are text', fileOf(`{"a":${entry([1], ['0', '4'])}}`, 4), 'tensor "a" has the offsets ["0","4"]'],
    ['offsets the wrong way round', fileOf(`{"a":${entry([1], [4, 0])}}`, 4), 'tensor "a" has the offsets [4,0]'],
    [
      'offsets past the end',
      fileOf(`{"a":${entry([2], [0, 8])}}`, 4),
      'tensor "a" has the offsets [0,8], expected [begin, end] in the 4 bytes',
    ],
    [
      'tensors that overlap',
      fileOf(`{"a":${entry([2], [0, 8])},"b":${entry([2], [4, 12])}}`, 12),
      'tensor "b" begins at byte 4, but the one before it ends at 8',
    ],
    [
      'two tensors at one place',
      fileOf(`{"a":${one},"b":${one}}`, 4),
      'tensor "b" begins at byte 0, but the one before it ends at 4',
    ],
    [
      'a gap between tensors',
      fileOf(`{"a":${one},"b":${entry([1], [8, 12])}}`, 12),
      'tensor "b" begins at byte 8, but the one before it ends at 4',
    ],
    [
      'a gap before them',
      fileOf(`{"a":${entry([1], [4, 8])}}`, 8),
      'tensor "a" begins at byte 4, but the one before it ends at 0',
    ],
    ['bytes behind them', fileOf(`{"a":${one}}`, 5), 'its tensors take 4 bytes, but 5 follow the header'],
    [
      'metadata that is not text',
      fileOf(`{"__metadata__":{"epochs":3},"a":${one}}`, 4),
      'its metadata is not text by name',
    ],
    ['metadata that is a list', fileOf(`{"__metadata__":["a"],"a":${one}}`, 4), 'its metadata is not text by name'],
    ['metadata that is null', fileOf(`{"__metadata__":null,"a":${one}}`, 4), 'its metadata is not text by name'],
  ])('is refused: %s', (_, file, message) => {
    expect(() => decodeSafetensors(file, 'x.safetensors')).toThrowError(
      expect.objectContaining({
        name: 'CoreError',
        code: 'FORMAT_INVALID',
        message: expect.stringContaining(`x.safetensors is not a valid safetensors file: ${message}`),
      }),
    );
  });

  it('is refused at every length that is cut short', () => {
    const file = encodeSafetensors(
      new Map([
        ['a', tensor([3])],
        ['b', tensor([2])],
      ]),
      { key: 'value' },
    );
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeSafetensors(file.subarray(0, length), 'cut'), `${length} bytes`).toThrowError(
        expect.objectContaining({ code: 'FORMAT_INVALID' }),
      );
    }
  });

  it('is never repeated at length in a message', () => {
    const name = 'n'.repeat(100_000);
    const header = JSON.stringify({
      [name]: { dtype: 'F32', shape: new Array<string>(10_000).fill('x'), data_offsets: [0, 0] },
    });
    let message = '';
    try {
      decodeSafetensors(fileOf(header, 0), 'long');
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/has the shape/);
    expect(message.length).toBeLessThan(400);
  });

  it('pollutes no prototype', () => {
    const file = fileOf(`{"__proto__":${one},"__metadata__":{"__proto__":"x","constructor":"y"}}`, 4);
    const { state, metadata } = decodeSafetensors(file, 'a file');
    expect([...state.keys()]).toEqual(['__proto__']);
    expect(Object.keys(metadata)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });
});

it('byCodePoint orders names by code point, as UTF-8 bytes and Python do', () => {
  const names = ['b', 'a', '', 'ab', 'A', 'a.10', 'a.2', 'ä', '\uff5e', '😀', '😀a', '\u{10000}', 'a😀'];
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  expect([...names].sort(byCodePoint)).toEqual([...names].sort(byBytes));
  expect(byCodePoint('same', 'same')).toBe(0);
});
