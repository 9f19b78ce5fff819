/**
 * The places of so many neighbouring vectors in the order in which to store them: of each pair the higher one first. Of a pair
 * that is stored in ascending order V8's revectoriser leaves the first store of 128 bits in the code, beside the one of 256
 * bits that does for both.
 */
export const stored = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (count % 2 === 0 ? i ^ 1 : i));
