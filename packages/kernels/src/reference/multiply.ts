// a, b and y [length]; x and dy [images][pixels][channels], the scale and its gradient [images][channels].

/** y = a·b; ∂L/∂a = ∂L/∂y·b */
export function multiply(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return Array.from(a, (value, i) => value * b[i]!);
}

/** y = x·scale, the scale of its image and channel; ∂L/∂x = ∂L/∂y·scale */
export function multiplyChannels(
  x: ArrayLike<number>,
  scale: ArrayLike<number>,
  pixels: number,
  channels: number,
): number[] {
  return Array.from(x, (value, i) => value * scale[Math.floor(i / (pixels * channels)) * channels + (i % channels)]!);
}

/** ∂L/∂scale = Σ x·∂L/∂y over the pixels */
export function multiplyChannelsGradient(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  pixels: number,
  channels: number,
): number[] {
  const gradient = new Array<number>(x.length / pixels).fill(0);
  for (let i = 0; i < x.length; i++) {
    gradient[Math.floor(i / (pixels * channels)) * channels + (i % channels)]! += x[i]! * dy[i]!;
  }
  return gradient;
}
