import { storeLanes } from './lanes';

/**
 * Windows of kernelHeight × kernelWidth, at steps of `stride`, over x[images][height][width][channels] with a border of `padding`.
 * A window reaches past neither edge of the padded input. Four channels at a time; the last group may read past the
 * tensor's end and stores only the channels there are.
 */

// @ts-ignore: decorator
@inline
function outputs(size: i32, kernel: i32, stride: i32, padding: i32): i32 {
  return (size + 2 * padding - kernel) / stride + 1;
}

/** y = the maximum of each window; the border does not take part. Not-a-number is greater than all, as in PyTorch. */
export function maxPoolForward(x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, kernelHeight: i32, kernelWidth: i32, stride: i32, padding: i32): void {
  const outputHeight = outputs(height, kernelHeight, stride, padding), outputWidth = outputs(width, kernelWidth, stride, padding);
  const pixel = <usize>channels << 2;
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = max(0, i * stride - padding), bottom = min(height, i * stride - padding + kernelHeight);
      for (let j = 0; j < outputWidth; j++) {
        const left = max(0, j * stride - padding), right = min(width, j * stride - padding + kernelWidth);
        for (let c = 0; c < channels; c += 4) {
          let best = f32x4.splat(-f32.MAX_VALUE - f32.MAX_VALUE);
          for (let h = top; h < bottom; h++) {
            let p = x + <usize>(h * width + left) * pixel + (<usize>c << 2);
            for (let w = left; w < right; w++, p += pixel) best = f32x4.max(best, v128.load(p));
          }
          storeLanes(y + (<usize>c << 2), best, channels - c);
        }
        y += pixel;
      }
    }
    x += <usize>(height * width) * pixel;
  }
}

/** dx = dy at the first maximum of each window, added where windows overlap, 0 elsewhere. A not-a-number equals no input, so its window has no gradient. */
export function maxPoolBackward(x: usize, y: usize, dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, kernelHeight: i32, kernelWidth: i32, stride: i32, padding: i32): void {
  const outputHeight = outputs(height, kernelHeight, stride, padding), outputWidth = outputs(width, kernelWidth, stride, padding);
  const pixel = <usize>channels << 2;
  // Windows that meet without overlapping write every pixel once: nothing to clear, nothing to add to.
  const covered = padding == 0 && stride == kernelHeight && stride == kernelWidth && outputHeight * stride == height && outputWidth * stride == width;
  if (!covered) memory.fill(dx, 0, <usize>(images * height * width) * pixel);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = max(0, i * stride - padding), bottom = min(height, i * stride - padding + kernelHeight);
      for (let j = 0; j < outputWidth; j++) {
        const left = max(0, j * stride - padding), right = min(width, j * stride - padding + kernelWidth);
        for (let c = 0; c < channels; c += 4) {
          const best = v128.load(y + (<usize>c << 2)), gradient = v128.load(dy + (<usize>c << 2));
          let free = i32x4.splat(-1);
          for (let h = top; h < bottom; h++) {
            let at = <usize>(h * width + left) * pixel + (<usize>c << 2);
            for (let w = left; w < right; w++, at += pixel) {
              const here = v128.and(free, f32x4.eq(v128.load(x + at), best));
              free = v128.andnot(free, here);
              const share = v128.and(here, gradient);
              storeLanes(dx + at, covered ? share : f32x4.add(v128.load(dx + at), share), channels - c);
            }
          }
        }
        y += pixel;
        dy += pixel;
      }
    }
    x += <usize>(height * width) * pixel;
    dx += <usize>(height * width) * pixel;
  }
}

/** y = the sum of each window over kernelHeight·kernelWidth, the border counted as zeros (PyTorch's count_include_pad). */
export function averagePoolForward(x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, kernelHeight: i32, kernelWidth: i32, stride: i32, padding: i32): void {
  const outputHeight = outputs(height, kernelHeight, stride, padding), outputWidth = outputs(width, kernelWidth, stride, padding);
  const pixel = <usize>channels << 2;
  const area = f32x4.splat(<f32>(kernelHeight * kernelWidth));
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = max(0, i * stride - padding), bottom = min(height, i * stride - padding + kernelHeight);
      for (let j = 0; j < outputWidth; j++) {
        const left = max(0, j * stride - padding), right = min(width, j * stride - padding + kernelWidth);
        for (let c = 0; c < channels; c += 4) {
          let sum = f32x4.splat(0);
          for (let h = top; h < bottom; h++) {
            let p = x + <usize>(h * width + left) * pixel + (<usize>c << 2);
            for (let w = left; w < right; w++, p += pixel) sum = f32x4.add(sum, v128.load(p));
          }
          storeLanes(y + (<usize>c << 2), f32x4.div(sum, area), channels - c);
        }
        y += pixel;
      }
    }
    x += <usize>(height * width) * pixel;
  }
}

/** dx = dy/(kernelHeight·kernelWidth) in each window, added where windows overlap. */
export function averagePoolBackward(dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, kernelHeight: i32, kernelWidth: i32, stride: i32, padding: i32): void {
  const outputHeight = outputs(height, kernelHeight, stride, padding), outputWidth = outputs(width, kernelWidth, stride, padding);
  const pixel = <usize>channels << 2;
  const area = f32x4.splat(<f32>(kernelHeight * kernelWidth));
  memory.fill(dx, 0, <usize>(images * height * width) * pixel);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < outputHeight; i++) {
      const top = max(0, i * stride - padding), bottom = min(height, i * stride - padding + kernelHeight);
      for (let j = 0; j < outputWidth; j++) {
        const left = max(0, j * stride - padding), right = min(width, j * stride - padding + kernelWidth);
        for (let c = 0; c < channels; c += 4) {
          const share = f32x4.div(v128.load(dy + (<usize>c << 2)), area);
          for (let h = top; h < bottom; h++) {
            let p = dx + <usize>(h * width + left) * pixel + (<usize>c << 2);
            for (let w = left; w < right; w++, p += pixel) storeLanes(p, f32x4.add(v128.load(p), share), channels - c);
          }
        }
        dy += pixel;
      }
    }
    dx += <usize>(height * width) * pixel;
  }
}
