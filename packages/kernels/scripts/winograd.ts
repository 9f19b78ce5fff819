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
/** What the weight gradient's six points are multiplied with in the output gradient's planes, and not in the sums, which are many more. */
const scales = [1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24, 1];
const transpose = (matrix: Matrix): Matrix => matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The sum of the named vectors times the coefficients, in a fixed order: first one that is not multiplied, if there is one. */
function combine(coefficients: readonly number[], names: readonly string[], start?: string): string {
  const places = range(coefficients.length).filter((i) => coefficients[i] !== 0);
  const first = start === undefined ? (places.find((i) => coefficients[i] === 1) ?? places[0]!) : -1;
  let expression = start ?? product(coefficients[first]!, names[first]!);
  for (const i of places) {
    const [coefficient, name] = [coefficients[i]!, names[i]!];
    if (i === first) continue;
    if (coefficient === 1) expression = `f32x4.add(${expression}, ${name})`;
    else if (coefficient === -1) expression = `f32x4.sub(${expression}, ${name})`;
    else expression = `madd(${name}, ${constant(coefficient)}, ${expression})`;
  }
  return expression;
}

const product = (coefficient: number, name: string): string =>
  coefficient === 1 ? name : `f32x4.mul(${name}, ${constant(coefficient)})`;

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

/** Name of the vector of a coefficient. */
const constant = (value: number): string => `k${value < 0 ? '_' : ''}${fraction(Math.abs(value))}`;
const fraction = (value: number): string => (value < 1 ? `1_${Math.round(1 / value)}` : `${value}`);

/**
 * The vectors of the coefficients that a text has, made once: V8 makes a constant anew, in three instructions, wherever it is used.
 * So they come from a number that it cannot know, 0 for channels that there are.
 */
function constants(text: string): string {
  const used = new Set(text.match(/\bk_?\d+(_\d+)?\b/g));
  return coefficients
    .filter((value) => used.has(constant(value)))
    .map((value) => `const ${constant(value)} = f32x4.splat(none + <f32>(${value}));`)
    .join(' ');
}
const coefficients = [1 / 24, 1 / 12, 1 / 6, 1 / 4, 1 / 3, 2, 4, 5, 8].flatMap((value) => [value, -value]);

/** A matrix of 8 channels in memory: the bytes from a row, and from a column, to the next. */
interface Place {
  readonly row: string;
  readonly column: string;
}

interface Transform {
  readonly name: string;
  readonly matrix: Matrix;
  /** Parameters besides `from`, `to`, `channels` and `spare`. */
  readonly parameters: string;
  readonly source: Place;
  readonly target: Place;
  readonly comment: string;
  /** Whether elements outside the rows and columns [first, end) are zeros; else all are inside. */
  readonly edge?: boolean;
  /** A vector that each result starts from. */
  readonly start?: string;
  /** What a result is stored as; itself unless given. */
  readonly result?: (vector: string) => string;
  /** Whether results are added to what is there. */
  readonly added?: boolean;
}

function transformSource(transform: Transform): string {
  const {
    name,
    matrix,
    parameters,
    source,
    target,
    comment,
    start,
    edge,
    added,
    result = (vector: string) => vector,
  } = transform;
  const outputs = matrix.length;
  const inputs = matrix[0]!.length;
  const halves = [0, 1];
  const load = (i: number, address: string, offset = 0): string =>
    halves.map((half) => `const d${i}_${half} = v128.load(${address}, ${offset + 16 * half});`).join(' ');
  const names = (half: number): string[] => range(inputs).map((i) => `d${i}_${half}`);
  const first = halves.map((half) => multiply(matrix, names(half)));
  const second = halves.map((half) => multiply(matrix, names(half), start && `${start}${half}`));
  const toSpare = (vector: (i: number, half: number) => string): string[] =>
    range(outputs).flatMap((i) =>
      stored(2).map((half) => `v128.store(spare + column * 32, ${vector(i, half)}, ${32 * inputs * i + 16 * half});`),
    );
  // Rows outside are read from zeros, a column outside is stored as zeros: no branch within the loads of a column.
  const rowAt = (i: number): string => `i0 + ${source.row} * ${i}`;
  const starts = edge
    ? range(inputs).map((i) => `const r${i} = ${i} >= firstRow && ${i} < endRow ? ${rowAt(i)} : zeros;`)
    : [];
  const loads = edge
    ? range(inputs).map((i) => load(i, `r${i} + ${source.column} * column`))
    : [
        `let p = i0 + ${source.column} * column;`,
        ...range(inputs).map((i) => `${load(i, 'p')}${i + 1 < inputs ? ` p += ${source.row};` : ''}`),
      ];
  const outside = edge
    ? `if (<i32>column < firstColumn || <i32>column >= endColumn) {
        ${toSpare(() => 'f32x4.splat(0)').join(' ')}
        continue;
      }`
    : '';
  const edges = edge ? 'firstRow: i32, endRow: i32, firstColumn: i32, endColumn: i32, zeros: usize, ' : '';
  const put = (j: number, half: number): string =>
    added ? `f32x4.add(b${j}_${half}, ${second[half]!.results[j]!})` : result(second[half]!.results[j]!);
  const before = added
    ? range(outputs)
        .map((j) =>
          halves.map((half) => `const b${j}_${half} = v128.load(o + ${target.column} * ${j}, ${16 * half});`).join(' '),
        )
        .join(' ')
    : '';
  const body = `
  for (let c = 0; c < channels; c += 8) {
    const i0 = from + (<usize>c << 2), o0 = to + (<usize>c << 2);
    ${starts.join('\n    ')}
    for (let column: usize = 0; column < ${inputs}; column++) {
      ${outside}
      ${loads.join('\n      ')}
      ${first.flatMap(({ before }) => before).join('\n      ')}
      ${toSpare((i, half) => first[half]!.results[i]!).join('\n      ')}
    }
    ${start ? `const ${start}0 = v128.load(bias + (<usize>c << 2)), ${start}1 = v128.load(bias + (<usize>c << 2), 16);` : ''}
    for (let row: usize = 0; row < ${outputs}; row++) {
      const p = spare + row * ${32 * inputs};
      ${range(inputs)
        .map((i) => load(i, 'p', 32 * i))
        .join(' ')}
      ${second.flatMap(({ before }) => before).join('\n      ')}
      let o = o0 + ${target.row} * row;
      ${before}
      ${range(outputs)
        .map((j) => {
          const stores = stored(2).map((half) => `v128.store(o, ${put(j, half)}, ${16 * half});`);
          return `${stores.join(' ')}${j + 1 < outputs ? ` o += ${target.column};` : ''}`;
        })
        .join('\n      ')}
    }
  }`;
  return `
/** ${comment} */
export function ${name}(from: usize, to: usize, ${parameters}, ${edges}channels: i32, spare: usize): void {
  const none = <f32>(channels >> 31);
  ${constants(body)}${body}
}
`;
}

/** The source of `assembly/winograd-tiles.ts`. */
export function winogradSource(): string {
  const pixels: Place = { row: 'rowBytes', column: 'pixelBytes' };
  const planes: Place = { row: 'planeBytes * 6', column: 'planeBytes' };
  const taps: Place = { row: 'tapBytes * 3', column: 'tapBytes' };
  return `// Written by scripts/winograd.ts.
import { madd } from './madd';
${[
  ...[false, true].flatMap((edge) => [
    transformSource({
      name: edge ? 'edgeInputTile' : 'inputTile',
      matrix: inputMatrix,
      parameters: 'rowBytes: usize, pixelBytes: usize, planeBytes: usize',
      source: pixels,
      target: planes,
      comment: `Bᵀ x B: a tile of 6×6 pixels to 36 planes${edge ? '; pixels outside the rows and columns [first, end) are zeros' : ''}.`,
      edge,
    }),
    transformSource({
      name: edge ? 'edgeScaledGradientTile' : 'scaledGradientTile',
      matrix: transpose(outputMatrix).map((row, i) => row.map((value) => value * scales[i]!)),
      parameters: 'rowBytes: usize, pixelBytes: usize, planeBytes: usize',
      source: pixels,
      target: planes,
      comment: `S A dy Aᵀ S: a tile of 4×4 pixels of an output gradient to 36 planes, scaled${edge ? ', likewise' : ''}.`,
      edge,
    }),
    transformSource({
      name: edge ? 'edgeGradientTile' : 'gradientTile',
      matrix: transpose(outputMatrix),
      parameters: 'rowBytes: usize, pixelBytes: usize, planeBytes: usize',
      source: pixels,
      target: planes,
      comment: `A dy Aᵀ: a tile of 4×4 pixels of an output gradient to 36 planes${edge ? ', likewise' : ''}.`,
      edge,
    }),
  ]),
  transformSource({
    name: 'outputTile',
    matrix: outputMatrix,
    parameters: 'planeBytes: usize, rowBytes: usize, pixelBytes: usize, bias: usize, least: f32',
    source: planes,
    target: pixels,
    comment: 'Aᵀ m A + bias, but not less than `least`: 36 planes to a tile of 4×4 pixels.',
    start: 'bias_',
    result: (vector) => `f32x4.pmax(${vector}, f32x4.splat(least))`,
  }),
  transformSource({
    name: 'addedOutputTile',
    matrix: outputMatrix,
    parameters: 'planeBytes: usize, rowBytes: usize, pixelBytes: usize, bias: usize',
    source: planes,
    target: pixels,
    comment: 'The same, added to what is there.',
    start: 'bias_',
    added: true,
  }),
  transformSource({
    name: 'weightTile',
    matrix: weightMatrix,
    parameters: 'tapBytes: usize, planeBytes: usize',
    source: taps,
    target: planes,
    comment: 'G w Gᵀ: 3×3 taps to 36 planes, eight output channels at a time.',
  }),
  transformSource({
    name: 'weightGradientTile',
    matrix: transpose(weightMatrix),
    parameters: 'planeBytes: usize, tapBytes: usize',
    source: planes,
    target: taps,
    comment: 'Gᵀ m G: 36 planes to 3×3 taps.',
  }),
  ...[false, true].map((added) =>
    transformSource({
      name: added ? 'addScaledWeightGradientTile' : 'scaledWeightGradientTile',
      matrix: transpose(weightMatrix.map((row, i) => row.map((value) => Math.round(value / scales[i]!)))),
      parameters: 'planeBytes: usize, tapBytes: usize',
      source: planes,
      target: taps,
      comment: `(S⁻¹ G)ᵀ m S⁻¹ G: 36 planes, one of whose factors is scaled, to 3×3 taps${added ? ', added to what is there' : ''}.`,
      added,
    }),
  ),
].join('')}`;
}
