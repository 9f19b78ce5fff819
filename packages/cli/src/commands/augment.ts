import { augmentFolder, augmentFolderOptionsSchema, augmentFromManifest } from '@lockstep/data';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { flagOf } from '../options/option.ts';
import { AugmentView } from '../output/augment-view.ts';
import { defineCommand } from './command.ts';

const options = augmentFolderOptionsSchema.extend({
  fromManifest: z
    .string()
    .min(1)
    .optional()
    .describe('do again what this manifest says, to the same bytes; in the place of PHOTOS and its options'),
});

export const augmentCommand = defineCommand({
  name: 'augment',
  summary: 'write augmented copies of the pictures of a folder',
  description: [
    'Decodes the pictures of a folder and of those in it, augments them, and writes the results: DIR/sub/a.jpg-1.png and so on of sub/a.jpg. The same seed gives the same results, whatever else is in the folder.',
    'Ctrl-C stops after the pictures under way; the same command goes on where it was. The pictures themselves are never written to.',
  ],
  positionals: { placeholder: '[PHOTOS]', description: 'folder of the pictures', least: 0, most: 1 },
  options,
  examples: [
    {
      does: 'four copies of each, and a sheet to look at',
      arguments: 'photos --out out --policy pixmix --copies 4 --preview a.png',
    },
    { does: 'write down what is done', arguments: 'photos --out out --manifest out.jsonl' },
    { does: 'do it again', arguments: '--from-manifest out.jsonl --out again' },
  ],
  async run({ given: { fromManifest, ...given }, positionals: [photos] }, { output, log, interruption, program }) {
    const view = new AugmentView(output, log);
    const run = { onProgress: view.show.bind(view), signal: interruption.stopInOrder('the pictures under way') };
    const { out } = given;
    if (out === undefined) throw new UsageError('augment: --out is missing');
    const start = () => {
      if (fromManifest === undefined) {
        if (photos !== undefined) return augmentFolder(photos, { ...given, out }, run);
        throw new UsageError('augment: expected PHOTOS, the folder of the pictures, or --from-manifest FILE');
      }
      const { out: _, onBroken, preview, ...decided } = given;
      const [other] = Object.keys(decided);
      if (photos === undefined && other === undefined) {
        return augmentFromManifest(fromManifest, { out, onBroken, preview }, run);
      }
      throw new UsageError(
        `augment: --from-manifest says what is done, got ${photos ?? flagOf(other!)} besides: leave one of them out`,
      );
    };
    const summary = await start();
    view.end(summary, out, program);
    return summary.interrupted ? (interruption.exitCode ?? exitCodes.failed) : exitCodes.done;
  },
});
