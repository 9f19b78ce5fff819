/** Factors of jidctint.c and jidctred.c, in 13 bits. */
const fixed = (value: number): number => Math.round(value * 2 ** 13);

type Direction = (x: readonly number[]) => number[];

/** Sum of products. */
const dot = (x: readonly number[], places: readonly number[], factors: readonly number[]): number =>
  places.reduce((sum, place, i) => sum + x[place]! * factors[i]!, 0);

/** Eight values of eight frequencies, times 2¹³·√8. */
const eight: Direction = (x) => {
  const z1 = (x[2]! + x[6]!) * fixed(0.5411961);
  const even2 = z1 - x[6]! * fixed(1.847759065);
  const even3 = z1 + x[2]! * fixed(0.765366865);
  const [sum, difference] = [(x[0]! + x[4]!) * 2 ** 13, (x[0]! - x[4]!) * 2 ** 13];
  const even = [sum + even3, difference + even2, difference - even2, sum - even3];
  const z5 = (x[1]! + x[3]! + x[5]! + x[7]!) * fixed(1.175875602);
  const z71 = -(x[7]! + x[1]!) * fixed(0.899976223);
  const z53 = -(x[5]! + x[3]!) * fixed(2.562915447);
  const z73 = z5 - (x[7]! + x[3]!) * fixed(1.96157056);
  const z51 = z5 - (x[5]! + x[1]!) * fixed(0.390180644);
  const odd = [
    x[1]! * fixed(1.50132111) + z71 + z51,
    x[3]! * fixed(3.072711026) + z53 + z73,
    x[5]! * fixed(2.053119869) + z53 + z51,
    x[7]! * fixed(0.298631336) + z71 + z73,
  ];
  return [...even.map((value, i) => value + odd[i]!), ...even.map((value, i) => value - odd[i]!).reverse()];
};

/** Four values, times 2¹⁴·√8. */
const four: Direction = (x) => {
  const even = dot(x, [2, 6], [fixed(1.847759065), -fixed(0.765366865)]);
  const base = x[0]! * 2 ** 14;
  const places = [7, 5, 3, 1];
  const inner = dot(x, places, [-0.211164243, 1.451774981, -2.172734803, 1.061594337].map(fixed));
  const outer = dot(x, places, [-0.509795579, -0.601344887, 0.899976223, 2.562915447].map(fixed));
  return [base + even + outer, base - even + inner, base - even - inner, base + even - outer];
};

/** Two values, times 2¹⁵·√8. */
const two: Direction = (x) => {
  const odd = dot(x, [7, 5, 3, 1], [-0.720959822, 0.850430095, -1.27275858, 3.624509785].map(fixed));
  return [x[0]! * 2 ** 15 + odd, x[0]! * 2 ** 15 - odd];
};

const rounded = (value: number, bits: number): number => Math.floor((value + 2 ** (bits - 1)) / 2 ** bits);

const byte = (value: number): number => Math.min(255, Math.max(0, value + 128));

/** y[size][size] of 64 coefficients and factors: first down the columns, with two bits more than integers have, then along the rows. */
export function jpegInverseDct(x: ArrayLike<number>, quantisation: ArrayLike<number>, size: 1 | 2 | 4 | 8): number[] {
  const values = Array.from(x, (value, i) => value * quantisation[i]!);
  if (size === 1) return [byte(rounded(values[0]!, 3))];
  const direction = { 2: two, 4: four, 8: eight }[size];
  const more = { 2: 2, 4: 1, 8: 0 }[size];
  const columns = Array.from({ length: 8 }, (_, column) =>
    direction(Array.from({ length: 8 }, (_, row) => values[8 * row + column]!)).map((value) =>
      rounded(value, 11 + more),
    ),
  );
  return Array.from({ length: size }, (_, row) =>
    direction(columns.map((column) => column[row]!)).map((value) => byte(rounded(value, 18 + more))),
  ).flat();
}
