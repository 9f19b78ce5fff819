const f = Math.fround;

/** C's round, whose halves go away from 0; for what is not negative. */
const round = (value: number): number => Math.floor(value + 0.5);

/** Colours turned by 256ths of the wheel, through the HSV of libImaging/Convert.c; the fourth channel as it is */
export function turnHue(x: ArrayLike<number>, channels: number, turn: number): number[] {
  const y = Array.from(x);
  for (let i = 0; i < x.length; i += channels) {
    const [r, g, b] = [x[i]!, x[i + 1]!, x[i + 2]!];
    const highest = Math.max(r, g, b);
    const span = highest - Math.min(r, g, b);
    // Without colour there is none to turn.
    if (span === 0) continue;
    const saturation = Math.trunc(f(span / highest) * 255);
    [y[i], y[i + 1], y[i + 2]] = colour((hueByte(r, g, b, highest, span) + turn) & 255, saturation, highest);
  }
  return y;
}

/** rgb2hsv_row: float32 where C has a float, double precision where it has a double. */
function hueByte(r: number, g: number, b: number, highest: number, span: number): number {
  const fromRed = f((highest - r) / span);
  const fromGreen = f((highest - g) / span);
  const fromBlue = f((highest - b) / span);
  let sixths: number;
  if (r === highest) sixths = f(fromBlue - fromGreen);
  else if (g === highest) sixths = f(2 + fromRed - fromBlue);
  else sixths = f(4 + fromGreen - fromRed);
  // fmod(sixths/6 + 1, 1), of a number in 5/6…2.
  const turns = sixths / 6 + 1;
  return Math.trunc(f(turns - Math.floor(turns)) * 255);
}

/** hsv2rgb */
function colour(angle: number, saturation: number, value: number): [number, number, number] {
  const position = (angle * 6) / 255;
  const sector = Math.floor(position);
  const rest = f(position - sector);
  const s = f(saturation / 255);
  const low = round(value * (1 - s));
  const falling = round(value * (1 - f(s * rest)));
  const rising = round(value * (1 - s * (1 - rest)));
  // Sector 6 is sector 0 again. Without saturation all are the value.
  switch (sector) {
    case 1:
      return [falling, value, low];
    case 2:
      return [low, value, rising];
    case 3:
      return [low, falling, value];
    case 4:
      return [rising, low, value];
    case 5:
      return [value, low, falling];
    default:
      return [value, rising, low];
  }
}
