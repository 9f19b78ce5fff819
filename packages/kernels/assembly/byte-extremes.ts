/** extremes[channel] = lowest, then highest value of the channel: [channels][2] bytes, for 1, 3 or 4 channels. */
export function byteExtremes(x: usize, pixels: i32, channels: i32, extremes: usize): void {
  let low: v128 = i8x16.splat(-1), low2 = low, low3 = low, high: v128 = i8x16.splat(0), high2 = high, high3 = high;
  let length = pixels * channels;
  const begin = x;
  // 48 bytes, a multiple of the pixel, so that each lane always sees the same channel.
  for (; length >= 48; length -= 48, x += 48) {
    const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32);
    low = i8x16.min_u(low, a), low2 = i8x16.min_u(low2, b), low3 = i8x16.min_u(low3, c);
    high = i8x16.max_u(high, a), high2 = i8x16.max_u(high2, b), high3 = i8x16.max_u(high3, c);
  }
  for (let channel = 0; channel < channels; channel++) {
    let lowest: u32 = 255, highest: u32 = 0;
    for (let i = channel; i < length; i += channels) {
      const value = <u32>load<u8>(x + i);
      lowest = min(lowest, value), highest = max(highest, value);
    }
    if (x > begin) {
      // There is no lane by number: a swizzle brings it to the front.
      for (let lane = channel; lane < 48; lane += channels) {
        const inVector = lane & 15;
        const shift = i8x16.splat(<i8>inVector);
        const chosenLow = lane < 16 ? low : lane < 32 ? low2 : low3;
        const chosenHigh = lane < 16 ? high : lane < 32 ? high2 : high3;
        lowest = min(lowest, <u32>i8x16.extract_lane_u(i8x16.swizzle(chosenLow, shift), 0));
        highest = max(highest, <u32>i8x16.extract_lane_u(i8x16.swizzle(chosenHigh, shift), 0));
      }
    }
    store<u8>(extremes + 2 * channel, <u8>lowest);
    store<u8>(extremes + 2 * channel, <u8>highest, 1);
  }
}
