/**
 * Writes the transforms of Winograd's convolution F(4×4, 3×3) in AssemblyScript (Lavin and Gray 2015, section 4.3; points
 * 0, 1, −1, 2, −2, ∞). With y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A, the weight gradient is the adjoint, dw = Gᵀ[(A dy Aᵀ) ⊙ (Bᵀ x B)]G.
 *
 * Each function applies one matrix to the rows and then to the columns of a tile, eight channels at a time: two vectors
 * side by side, which V8's revectoriser pairs. The half-done tile goes through scratch memory, since 36 vectors do not fit the registers.
 */

import { stored } from './stored.ts';

type Matrix = readonly (readonly number[])[];

const inputMatrix: Matrix = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
const outputMatrix: Matrix = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];
const weightMatrix: Matrix = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
const transpose = (matrix: Matrix): Matrix => matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The sum of the named vectors times the coefficients, in a fixed order. */
function combine(coefficients: readonly number[], names: readonly string[], start?: string): string {
  let expression = start;
  coefficients.forEach((coefficient, i) => {
    const name = names[i]!;
    if (coefficient === 0) return;
    if (expression === undefined) {
      expression =
        coefficient === 1
          ? name
          : coefficient === -1
            ? `f32x4.neg(${name})`
            : `f32x4.mul(${name}, ${constant(coefficient)})`;
    } else if (coefficient === 1) expression = `f32x4.add(${expression}, ${name})`;
    else if (coefficient === -1) expression = `f32x4.sub(${expression}, ${name})`;
    else expression = `madd(${name}, ${constant(coefficient)}, ${expression})`;
  });
  return expression!;
}

/**
 * One matrix times a vector of named vectors, where points come in pairs p and −p: outputs 1, 2 and 3, 4 of a matrix with six
 * rows are a sum and a difference of the same two halves; inputs 1, 2 and 3, 4 of the others are only needed as sum and difference.
 */
function multiply(matrix: Matrix, names: readonly string[], start?: string): { before: string[]; results: string[] } {
  const half = names[0]!.at(-1);
  if (matrix.length === 6) {
    const before: string[] = [];
    const results = matrix.map((row) => combine(row, names, start));
    for (const [first, second] of [
      [1, 2],
      [3, 4],
    ] as const) {
      const [even, odd] = [1, -1].map((sign) =>
        matrix[first]!.map((value, i) => (value + sign * matrix[second]![i]!) / 2),
      );
      before.push(`const e${first}_${half} = ${combine(even!, names)}, o${first}_${half} = ${combine(odd!, names)};`);
      results[first] = `f32x4.add(e${first}_${half}, o${first}_${half})`;
      results[second] = `f32x4.sub(e${first}_${half}, o${first}_${half})`;
    }
    return { before, results };
  }
  const pairs = [1, 3].flatMap((i) => [
    `const s${i}_${half} = f32x4.add(${names[i]}, ${names[i + 1]}), t${i}_${half} = f32x4.sub(${names[i]}, ${names[i + 1]});`,
  ]);
  const results = matrix.map((row) => {
    const terms: [number, string][] = [[row[0]!, names[0]!]];
    for (const i of [1, 3]) terms.push(row[i] === row[i + 1] ? [row[i]!, `s${i}_${half}`] : [row[i]!, `t${i}_${half}`]);
    terms.push([row[5]!, names[5]!]);
    return combine(
      terms.map(([coefficient]) => coefficient),
      terms.map(([, name]) => name),
      start,
    );
  });
  return { before: pairs, results };
}

const constant = (value: number): string => `f32x4.splat(<f32>(${value}))`;

interface Transform {
  readonly name: string;
  readonly matrix: Matrix;
  /** Parameters besides `from`, `to`, `channels` and `spare`. */
  readonly parameters: string;
  /** Address of a tile's element, and of a result. */
  readonly source: (row: string, column: string) => string;
  readonly target: (row: string, column: string) => string;
  readonly comment: string;
  /** Whether elements outside the rows and columns [first, end) are zeros; else all are inside. */
  readonly edge?: boolean;
  /** A vector that each result starts from. */
  readonly start?: string;
  /** Stores a result; an ordinary store unless given. */
  readonly store?: (address: string, vector: string, half: number) => string;
}

function transformSource({ name, matrix, parameters, source, target, comment, start, store, edge }: Transform): string {
  const outputs = matrix.length;
  const inputs = matrix[0]!.length;
  const halves = [0, 1];
  const load = (address: (i: number) => string): string =>
    range(inputs)
      .flatMap((i) => halves.map((half) => `const d${i}_${half} = v128.load(${address(i)}, ${16 * half});`))
      .join(' ');
  const names = (half: number): string[] => range(inputs).map((i) => `d${i}_${half}`);
  const put =
    store ?? ((address: string, vector: string, half: number) => `v128.store(${address}, ${vector}, ${16 * half});`);
  const first = halves.map((half) => multiply(matrix, names(half)));
  const second = halves.map((half) => multiply(matrix, names(half), start && `${start}${half}`));
  const rows = [
    ...first.flatMap(({ before }) => before),
    ...range(outputs).flatMap((i) =>
      stored(2).map(
        (half) => `v128.store(spare + column * 32, ${first[half]!.results[i]}, ${32 * inputs * i + 16 * half});`,
      ),
    ),
  ];
  const columns = [
    ...second.flatMap(({ before }) => before),
    ...range(outputs).flatMap((j) =>
      stored(2).map((half) => put(target('row', `${j}`), second[half]!.results[j]!, half)),
    ),
  ];
  // Rows outside are read from zeros, a column outside is stored as zeros: no branch within the loads of a column.
  const starts = edge
    ? range(inputs)
        .map((i) => `const r${i} = ${i} >= firstRow && ${i} < endRow ? ${source(`${i}`, '0')} : zeros;`)
        .join('\n    ')
    : '';
  const loads = edge ? load((i) => `r${i} + pixelBytes * column`) : load((i) => source(`${i}`, 'column'));
  const outside = edge
    ? `if (<i32>column < firstColumn || <i32>column >= endColumn) {
        ${range(outputs)
          .flatMap((i) =>
            stored(2).map((half) => `v128.store(spare + column * 32, f32x4.splat(0), ${32 * inputs * i + 16 * half});`),
          )
          .join(' ')}
        continue;
      }`
    : '';
  const edges = edge ? 'firstRow: i32, endRow: i32, firstColumn: i32, endColumn: i32, zeros: usize, ' : '';
  return `
/** ${comment} */
export function ${name}(from: usize, to: usize, ${parameters}, ${edges}channels: i32, spare: usize): void {
  for (let c = 0; c < channels; c += 8) {
    const i0 = from + (<usize>c << 2), o0 = to + (<usize>c << 2);
    ${starts}
    for (let column: usize = 0; column < ${inputs}; column++) {
      ${outside}
      ${loads}
      ${rows.join('\n      ')}
    }
    ${start ? `const ${start}0 = v128.load(bias + (<usize>c << 2)), ${start}1 = v128.load(bias + (<usize>c << 2), 16);` : ''}
    for (let row: usize = 0; row < ${outputs}; row++) {
      const p = spare + row * ${32 * inputs};
      ${load((i) => `p + ${32 * i}`)}
      ${columns.join('\n      ')}
    }
  }
}
`;
}

/** The source of `assembly/winograd-tiles.ts`. */
export function winogradSource(): string {
  const pixel = (row: string, column: string): string => `i0 + rowBytes * ${row} + pixelBytes * ${column}`;
  const frequency = (base: string, row: string, column: string): string =>
    `${base} + planeBytes * (${row} * 6 + ${column})`;
  return `// Written by scripts/winograd.ts.
import { madd } from './madd';
${[
  ...[false, true].flatMap((edge) => [
    transformSource({
      name: edge ? 'edgeInputTile' : 'inputTile',
      matrix: inputMatrix,
      parameters: 'rowBytes: usize, pixelBytes: usize, planeBytes: usize',
      source: pixel,
      target: (row, column) => frequency('o0', row, column),
      comment: `Bᵀ x B: a tile of 6×6 pixels to 36 planes${edge ? '; pixels outside the rows and columns [first, end) are zeros' : ''}.`,
      edge,
    }),
    transformSource({
      name: edge ? 'edgeGradientTile' : 'gradientTile',
      matrix: transpose(outputMatrix),
      parameters: 'rowBytes: usize, pixelBytes: usize, planeBytes: usize',
      source: pixel,
      target: (row, column) => frequency('o0', row, column),
      comment: `A dy Aᵀ: a tile of 4×4 pixels of an output gradient to 36 planes${edge ? ', likewise' : ''}.`,
      edge,
    }),
  ]),
  transformSource({
    name: 'outputTile',
    matrix: outputMatrix,
    parameters: 'planeBytes: usize, rowBytes: usize, pixelBytes: usize, bias: usize, least: f32',
    source: (row, column) => frequency('i0', row, column),
    target: (row, column) => `o0 + rowBytes * ${row} + pixelBytes * ${column}`,
    comment: 'Aᵀ m A + bias, but not less than `least`: 36 planes to a tile of 4×4 pixels.',
    start: 'bias_',
    store: (address, vector, half) =>
      `v128.store(${address}, f32x4.pmax(${vector}, f32x4.splat(least)), ${16 * half});`,
  }),
  transformSource({
    name: 'weightTile',
    matrix: weightMatrix,
    parameters: 'tapBytes: usize, planeBytes: usize',
    source: (row, column) => `i0 + tapBytes * (${row} * 3 + ${column})`,
    target: (row, column) => frequency('o0', row, column),
    comment: 'G w Gᵀ: 3×3 taps to 36 planes, eight output channels at a time.',
  }),
  transformSource({
    name: 'flippedWeightTile',
    matrix: weightMatrix,
    parameters: 'tapBytes: usize, planeBytes: usize',
    source: (row, column) => `i0 + tapBytes * ((2 - ${row}) * 3 + (2 - ${column}))`,
    target: (row, column) => frequency('o0', row, column),
    comment: 'G w Gᵀ of the taps turned by half a turn, for the input gradient.',
  }),
  transformSource({
    name: 'weightGradientTile',
    matrix: transpose(weightMatrix),
    parameters: 'planeBytes: usize, tapBytes: usize',
    source: (row, column) => frequency('i0', row, column),
    target: (row, column) => `o0 + tapBytes * (${row} * 3 + ${column})`,
    comment: 'Gᵀ m G: 36 planes to 3×3 taps.',
  }),
].join('')}`;
}
