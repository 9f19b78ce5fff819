import { type Prediction, Predictor } from '@lockstep/trainer';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.ts';
import { formatShare } from '../output/format.ts';
import { defineCommand } from './command.ts';
import { runOption } from './run-option.ts';

const options = z.strictObject({ run: runOption });

export const predict = defineCommand({
  name: 'predict',
  summary: 'classify picture files with the network of a run',
  description: [
    'Says for each picture file which class the network of a run sees in it. A picture is turned upright and brought to the size and colours that the network reads, as those that it was trained with; if these were no files, all of it, between black bars.',
    'A file that cannot be read is named, the others are still classified, and the exit code is 1.',
  ],
  positionals: {
    placeholder: 'FILE…',
    description: 'pictures: JPEG, PNG, WebP, GIF, AVIF, TIFF, SVG',
    least: 1,
    most: Number.POSITIVE_INFINITY,
  },
  options,
  examples: [{ does: 'classify two pictures', arguments: '--run runs/2026-01-31-small-cnn-mnist a.png b.jpg' }],
  async run({ given, positionals: files }, { output, log }) {
    const predictor = await Predictor.load(options.parse(given).run, (message) => log.warn(message));
    let failed = 0;
    const width = Math.max(...files.map((file) => file.length));
    for (const file of files) {
      try {
        const prediction = await predictor.predictFile(file);
        output.line(`${file.padEnd(width)}  ${answer(prediction, output.colors.bold)}`);
        output.event({ event: 'prediction', file, ...prediction });
      } catch (error) {
        failed++;
        log.error(error);
      }
    }
    output.event({ event: 'done', files: files.length, failed });
    return failed === 0 ? exitCodes.done : exitCodes.failed;
  },
});

/** The class, and what came next if the network was in any doubt. */
function answer({ class: best, probability, probabilities }: Prediction, bold: (text: string) => string): string {
  const others = Object.entries(probabilities)
    .filter(([name, share]) => name !== best && share >= 0.01)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 2)
    .map(([name, share]) => `${name} ${formatShare(share, 1)}`);
  return `${bold(best)}  ${formatShare(probability, 1)}${others.length > 0 ? `  (or ${others.join(', ')})` : ''}`;
}
