import { channelStatistics, type ImageDataset, loadDataset } from '@lockstep/data';
import { exitCodes } from '../exit-codes.ts';
import { loadOptions, pictureFlags } from '../options/picture-options.ts';
import { formatCount } from '../output/format.ts';
import { table } from '../output/table.ts';
import { defineCommand } from './command.ts';

export const dataInfo = defineCommand({
  name: 'data info',
  summary: 'classes, counts, mean and deviation of a data set',
  description: [
    'Loads a data set as training would, and tells its classes, how many pictures each has to train and to test with, and mean and deviation of the colours.',
  ],
  positionals: { placeholder: 'DATA', description: 'a name, a folder or a file', least: 1, most: 1 },
  options: pictureFlags,
  examples: [{ does: 'a folder of pictures; every broken one is named', arguments: './photos --on-broken report' }],
  async run({ given, positionals: [name] }, context) {
    const { output } = context;
    const options = loadOptions(pictureFlags.parse(given), context);
    const train = await loadDataset(name!, { ...options, split: 'train' });
    const test = await loadDataset(name!, { ...options, split: 'test' });
    const { mean, std } = channelStatistics(train);
    const { height, width, channels } = train;
    const [trainCounts, testCounts] = [classCounts(train), classCounts(test)];
    const classes = train.classes.map((label, i) => ({ name: label, train: trainCounts[i]!, test: testCounts[i]! }));
    const figures = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join(' ');
    const facts = [
      ['pictures', `${height}×${width} ${channels === 1 ? 'grey' : 'RGB'}`],
      ['samples', `${formatCount(train.length)} to train on, ${formatCount(test.length)} to test with`],
      ['mean', figures(mean)],
      ['std', figures(std)],
    ];
    for (const line of table(facts)) output.line(line);
    output.line();
    const rows = classes.map((each) => [each.name, formatCount(each.train), formatCount(each.test)]);
    for (const line of table([['class', 'train', 'test'], ...rows])) output.line(line);
    const samples = { trainSamples: train.length, testSamples: test.length };
    output.event({ event: 'done', name, height, width, channels, mean, std, ...samples, classes });
    return exitCodes.done;
  },
});

function classCounts({ classes, labels }: ImageDataset): number[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}
