import { batchNormApply, batchNormStatistics } from './batch-norm';
import { batchNormBackwardSums, linearBackward, openBackward } from './batch-norm-backward';
import { writeScale } from './batch-norm-channels';

/**
 * Group normalisation: each image by itself is a small batch norm whose channels share their statistics by groups. So the passes
 * over pixels are those of batch-norm.ts, eight channels at a time whatever the groups, and only what is done once a channel is
 * here.
 *
 * Scratch, see `groupNormScratchFloats`: two rows of 2·channels float64, the image's statistics or sums and the parameters'
 * gradients, then six vectors of channels + 8 floats, for passes that read or write whole groups of eight, and eight more for what
 * batch-norm.ts needs itself.
 */

// @ts-ignore: decorator
@inline
function vectorOf(scratch: usize, channels: i32, index: usize): usize {
  return scratch + (<usize>channels << 5) + index * (<usize>(channels + 8) << 2);
}

/** Repeats each group's value for its channels. */
function spread(groups: usize, count: i32, size: i32, channels: usize): void {
  for (; count > 0; count--, groups += 4) {
    const value = load<f32>(groups);
    for (let i = 0; i < size; i++, channels += 4) store<f32>(channels, value);
  }
}

/**
 * The groups' mean and 1/√(variance + eps), of one image's row of [mean[channels], m2[channels]] over its pixels (Chan et al.
 * 1979, for parts of the same size). The variance is exactly zero where the group is constant: sums of a float32 are exact then.
 */
function groupStatistics(row: usize, pixels: i32, channels: i32, size: i32, eps: f64, mean: usize, inverse: usize): void {
  const half = <usize>channels << 3, end = row + half, n = <f64>size;
  for (; row < end; mean += 4, inverse += 4) {
    let sum: f64 = 0, m2: f64 = 0;
    for (let i: usize = 0; i < <usize>size << 3; i += 8) sum += load<f64>(row + i);
    const mu = sum / n;
    for (let i: usize = 0; i < <usize>size << 3; i += 8) {
      const delta = load<f64>(row + i) - mu;
      m2 += load<f64>(row + half + i) + <f64>pixels * delta * delta;
    }
    store<f32>(mean, <f32>mu);
    store<f32>(inverse, <f32>(1.0 / Math.sqrt(m2 / (<f64>pixels * n) + eps)));
    row += <usize>size << 3;
  }
}

/**
 * y = (x − mean)·inverse·weight + bias, the mean and inverse of its image and group, and its positive part if `relu`. y may be
 * x. `pixels` is at least 1.
 */
export function groupNormForward(x: usize, y: usize, images: i32, pixels: i32, channels: i32, groups: i32, eps: f64, weight: usize, bias: usize, mean: usize, inverse: usize, scratch: usize, relu: bool): void {
  const size = channels / groups, image = <usize>channels * pixels << 2;
  const means = vectorOf(scratch, channels, 0), inverses = vectorOf(scratch, channels, 1), spare = vectorOf(scratch, channels, 6);
  for (; images > 0; images--) {
    batchNormStatistics(x, pixels, channels, scratch, spare);
    groupStatistics(scratch, pixels, channels, size, eps, mean, inverse);
    spread(mean, groups, size, means);
    spread(inverse, groups, size, inverses);
    batchNormApply(x, y, pixels, channels, means, inverses, weight, bias, spare, relu ? 0 : -Infinity, Infinity);
    x += image;
    y += image;
    mean += <usize>groups << 2;
    inverse += <usize>groups << 2;
  }
}

/**
 * With g = dy·weight and n = pixels·size: dx = inverse·(g − Σg/n − (x − mean)·inverse²·Σ(g·(x − mean))/n), the sums over its
 * image and group; dweight = Σ dy·(x − mean)·inverse and dbias = Σ dy over images and pixels. Any of the three may be 0, for
 * none. dx may be dy. With `relu`, dy counts only where the forward pass's value, computed again, is positive.
 */
export function groupNormBackward(x: usize, dy: usize, dx: usize, images: i32, pixels: i32, channels: i32, groups: i32, weight: usize, bias: usize, mean: usize, inverse: usize, dweight: usize, dbias: usize, scratch: usize, relu: bool): void {
  const size = channels / groups, image = <usize>channels * pixels << 2;
  const half = <usize>channels << 3, row = scratch, totals = scratch + 2 * half;
  const means = vectorOf(scratch, channels, 0), inverses = vectorOf(scratch, channels, 1), open = vectorOf(scratch, channels, 2);
  const scale = vectorOf(scratch, channels, 3), slope = vectorOf(scratch, channels, 4), offset = vectorOf(scratch, channels, 5);
  const spare = vectorOf(scratch, channels, 6);
  memory.fill(totals, 0, 2 * half);
  for (; images > 0; images--) {
    spread(mean, groups, size, means);
    spread(inverse, groups, size, inverses);
    batchNormBackwardSums(x, dy, pixels, channels, means, row, inverses, weight, bias, spare, relu, Infinity);
    for (let c: usize = 0; c < <usize>channels; c++) {
      const sum = totals + (c << 3);
      store<f64>(sum, load<f64>(sum) + load<f64>(row + (c << 3)));
      const product = load<f64>(row + half + (c << 3)) * <f64>load<f32>(inverses + (c << 2));
      store<f64>(sum + half, load<f64>(sum + half) + product);
    }
    if (dx != 0) {
      groupSlopes(row, pixels, channels, size, inverses, weight, scale, slope, offset);
      if (relu) {
        writeScale(inverses, weight, channels, open);
        openBackward(x, dy, dx, pixels, channels, means, scale, slope, offset, open, bias);
      } else linearBackward(x, dy, dx, pixels, channels, means, scale, slope, offset);
      dx += image;
    }
    x += image;
    dy += image;
    mean += <usize>groups << 2;
    inverse += <usize>groups << 2;
  }
  for (let c: usize = 0; c < <usize>channels; c++) {
    if (dbias != 0) store<f32>(dbias + (c << 2), <f32>load<f64>(totals + (c << 3)));
    if (dweight != 0) store<f32>(dweight + (c << 2), <f32>load<f64>(totals + half + (c << 3)));
  }
}

/** What `linearBackward` needs for each channel, from one image's row of [Σ dy, Σ dy·(x − mean)]. */
function groupSlopes(row: usize, pixels: i32, channels: i32, size: i32, inverses: usize, weight: usize, scale: usize, slope: usize, offset: usize): void {
  const half = <usize>channels << 3, n = <f64>pixels * <f64>size;
  for (let c: usize = 0; c < <usize>channels; c += size) {
    let sum: f64 = 0, product: f64 = 0;
    for (let i = c; i < c + size; i++) {
      const w = <f64>load<f32>(weight + (i << 2));
      sum += w * load<f64>(row + (i << 3));
      product += w * load<f64>(row + half + (i << 3));
    }
    const invstd = <f64>load<f32>(inverses + (c << 2));
    const ofDeviation = <f32>(-invstd * invstd * invstd * product / n), constant = <f32>(-invstd * sum / n);
    for (let i = c << 2; i < (c + size) << 2; i += 4) {
      store<f32>(scale + i, load<f32>(weight + i) * <f32>invstd);
      store<f32>(slope + i, ofDeviation);
      store<f32>(offset + i, constant);
    }
  }
}
