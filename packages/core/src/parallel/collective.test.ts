import { expect, it } from 'vitest';
import { SoloCollective } from './collective.ts';

it('SoloCollective has all the shards, and nobody to meet', () => {
  const collective = new SoloCollective(5);
  expect(collective).toMatchObject({ rank: 0, size: 1, shards: 5 });
  expect(collective.gatherShardRows()).toBeUndefined();
});
