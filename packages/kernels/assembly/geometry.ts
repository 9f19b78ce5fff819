/**
 * How a convolution walks its input and output: a record of int32 in memory, written by the host once a layer
 * (src/ops/convolution-walks.ts holds the same list). All but the counts are bytes.
 *
 * Output pixels follow in the order image, row, column. A pixel's taps are TAP_ROWS by TAP_COLUMNS runs of RUN bytes of
 * neighbouring input values; taps that lie next to each other in memory are one run. A *jump* is what is added at the end
 * of a row or image, after the last pixel's step.
 */
export const OUTPUT_WIDTH: usize = 0;
export const OUTPUT_HEIGHT: usize = 4;
export const X_PIXEL: usize = 8;
export const X_ROW_JUMP: usize = 12;
export const X_IMAGE_JUMP: usize = 16;
export const Y_PIXEL: usize = 20;
export const Y_ROW_JUMP: usize = 24;
export const Y_IMAGE_JUMP: usize = 28;
export const TAP_ROWS: usize = 32;
export const TAP_ROW_STEP: usize = 36;
export const TAP_COLUMNS: usize = 40;
export const TAP_COLUMN_STEP: usize = 44;
export const RUN: usize = 48;
/** Pointer to scratch memory: {@link SPARE_BYTES} for a partly filled tile, then the sums of the weight gradient. */
export const SPARE: usize = 52;
export const SPARE_BYTES: usize = 384;
/**
 * A walk may use some of the packed taps only, those of a rectangle: packed values (of one output channel) before its first
 * tap, and between a row of its taps and the next.
 */
export const WEIGHT_START: usize = 56;
export const WEIGHT_ROW_JUMP: usize = 60;

/**
 * One record a tap of a weight gradient, int32: how far its input is from that of the first output pixel (bytes, may be below 0), and
 * the rows and columns of output pixels for which it is inside the input, [begin, end).
 */
export const TAP_RECORD: usize = 20;
export const BEGIN_ROW: usize = 4;
export const END_ROW: usize = 8;
export const BEGIN_COLUMN: usize = 12;
export const END_COLUMN: usize = 16;
