const f = Math.fround;

/** clamp(trunc(d + α·(x − d))), every operation in float32 as Pillow has it */
export function blend(d: ArrayLike<number>, x: ArrayLike<number>, alpha: number): number[] {
  return Array.from(x, (value, i) => {
    const base = d[i]!;
    return Math.min(255, Math.max(0, Math.trunc(f(base + f(f(alpha) * (value - base))))));
  });
}

/** The same from one value d; x [pixels][channels], whose fourth channel stays */
export function blendConstant(d: number, x: ArrayLike<number>, channels: number, alpha: number): number[] {
  return Array.from(x, (value, i) => (i % channels === 3 ? value : blend([d], [value], alpha)[0]!));
}
