/**
 * y[image][channel][pixel] = x[image][pixel][channel]: the order in which PyTorch flattens, so that the weights of the
 * linear layer after it are the same as there. The way back swaps `pixels` and `channels`.
 */
export function transposePlanes(x: usize, y: usize, images: i32, pixels: i32, channels: i32): void {
  const size = <usize>(pixels * channels) << 2;
  for (let n = 0; n < images; n++) {
    for (let c = 0; c < channels; c++) {
      let from = x + (<usize>c << 2);
      const end = from + size;
      for (; from < end; from += <usize>channels << 2, y += 4) store<f32>(y, load<f32>(from));
    }
    x += size;
  }
}
