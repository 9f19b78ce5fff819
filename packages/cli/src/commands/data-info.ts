import { channelStatistics, type ImageDataset, loadDataset, type Split, splits } from '@lockstep/data';
import { exitCodes } from '../exit-codes.ts';
import { loadOptions, pictureFlags } from '../options/picture-options.ts';
import { formatCount } from '../output/format.ts';
import { table } from '../output/table.ts';
import { defineCommand } from './command.ts';

export const dataInfo = defineCommand({
  name: 'data info',
  summary: 'classes, counts, mean and deviation of a data set',
  description: [
    'Loads a data set as training would, and tells its classes, how many pictures each has to train, to validate (with --validation) and to test with, and mean and deviation of the colours.',
  ],
  positionals: { placeholder: 'DATA', description: 'a name, a folder or a file', least: 1, most: 1 },
  options: pictureFlags,
  examples: [{ does: 'a folder of pictures; every broken one is named', arguments: './photos --on-broken report' }],
  async run({ given, positionals: [name] }, context) {
    const { output } = context;
    const options = loadOptions(pictureFlags.parse(given), context);
    const parts: readonly Split[] = options.validation === undefined ? ['train', 'test'] : splits;
    const sets: { readonly split: Split; readonly dataset: ImageDataset }[] = [];
    for (const split of parts) sets.push({ split, dataset: await loadDataset(name!, { ...options, split }) });
    const train = sets[0]!.dataset;
    const { mean, std } = channelStatistics(train);
    const { height, width, channels } = train;
    const counts = sets.map(({ split, dataset }) => [split, classCounts(dataset)] as const);
    const ofClass = (i: number) => Object.fromEntries(counts.map(([split, ofSplit]) => [split, ofSplit[i]!]));
    const classes = train.classes.map((label, i) => ({ name: label, ...ofClass(i) }));
    const figures = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join(' ');
    const facts = [
      ['pictures', `${height}×${width} ${channels === 1 ? 'grey' : 'RGB'}`],
      ['samples', sets.map(({ split, dataset }) => `${formatCount(dataset.length)} ${uses[split]}`).join(', ')],
      ['mean', figures(mean)],
      ['std', figures(std)],
    ];
    for (const line of table(facts)) output.line(line);
    output.line();
    const rows = train.classes.map((label, i) => [label, ...counts.map(([, ofSplit]) => formatCount(ofSplit[i]!))]);
    for (const line of table([['class', ...parts], ...rows])) output.line(line);
    const samples = Object.fromEntries(sets.map(({ split, dataset }) => [`${split}Samples`, dataset.length]));
    output.event({ event: 'done', name, height, width, channels, mean, std, ...samples, classes });
    return exitCodes.done;
  },
});

const uses: Readonly<Record<Split, string>> = {
  train: 'to train on',
  validation: 'to validate with',
  test: 'to test with',
};

function classCounts({ classes, labels }: ImageDataset): number[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}
