import { describe, expect, it } from 'vitest';
import { Allocator, slackBytes } from './memory.ts';
import { reluForward } from './ops/relu.ts';
import { Workspace } from './workspace.ts';

describe('Workspace', () => {
  it('runs the example of its documentation', () => {
    const work = Workspace.create(1 << 20);
    const x = work.put([1, -2, 3]);
    reluForward(work.kernels, x, x, 3);
    expect([...work.read(x, 3)]).toEqual([1, 0, 3]);
  });

  it('keeps regions apart, and reads copies of what was put', () => {
    const work = Workspace.create(1 << 16, 'strict');
    const [floats, integers, doubles] = [
      work.put([0.1, -0]),
      work.putIntegers([-7, 2 ** 31 - 1]),
      work.putDoubles([0.1]),
    ];
    const copy = work.read(floats, 2);
    expect([...copy]).toEqual([Math.fround(0.1), -0]);
    expect([...work.readIntegers(integers, 2)]).toEqual([-7, 2 ** 31 - 1]);
    expect([...work.readDoubles(doubles, 1)]).toEqual([0.1]);
    work.kernels.f32[floats / 4] = 5;
    expect(copy[0]).toBe(Math.fround(0.1));
    for (const pointer of [floats, integers, doubles]) expect(pointer % 64).toBe(0);
  });

  it('says when it is full, and has room again after clear', () => {
    const work = Workspace.create(1 << 16);
    const most = (work.kernels.memory.buffer.byteLength - slackBytes - work.kernels.heapBase) / 4;
    work.floats(most);
    expect(() => work.put([1])).toThrow(expect.objectContaining({ name: 'KernelError', code: 'KERNEL_MEMORY' }));
    work.clear();
    work.floats(most - 16);
    work.put([1]);
  });
});

describe('Allocator', () => {
  it('aligns to 64 bytes, and knows how much memory is needed', () => {
    const allocator = new Allocator(1000);
    expect([allocator.bytes(1), allocator.floats(16), allocator.floats(0), allocator.bytes(3)]).toEqual([
      1024, 1088, 1152, 1152,
    ]);
    expect(allocator.end).toBe(1155);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d bytes', (bytes) => {
    expect(() => new Allocator(0).bytes(bytes)).toThrow(expect.objectContaining({ code: 'KERNEL_ARGUMENT' }));
  });
});
