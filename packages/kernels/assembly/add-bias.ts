import { add } from './reduce';

/** Adds bias[channels] to each of the rows of y[rows][channels]. */
export function addBias(y: usize, bias: usize, rows: i32, channels: i32): void {
  for (; rows > 0; rows--, y += <usize>channels << 2) add(y, bias, channels);
}
