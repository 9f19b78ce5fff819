import { writeFile } from 'node:fs/promises';
import {
  channelStatistics,
  contactSheet,
  datasetNames,
  type ImageDataset,
  type LoadOptions,
  loadDataset,
  namedDataset,
  splits,
} from '@lockstep/data';
import { pictureOptions, trainOptionsSchema } from '@lockstep/trainer';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { suggestion } from '../options/nearest.ts';
import { formatCount } from '../output/format.ts';
import { LoadingView } from '../output/loading.ts';
import { table } from '../output/table.ts';
import { type Context, defineCommand } from './command.ts';

const { size, color, fit, onBroken, testShare, seed } = trainOptionsSchema.shape;

const options = z.strictObject({
  split: z.enum(splits).default('train').describe('which part preview shows'),
  out: z.string().min(1).default('preview.png').describe('where preview writes to'),
  columns: z.int().min(1).default(10).describe('pictures of a class in the preview'),
  size,
  color,
  fit,
  onBroken,
  testShare,
  seed,
});

type Options = z.output<typeof options>;

/** What `lockstep data ACTION` does, by the action. */
const actions: Readonly<Record<string, (name: string, options: Options, context: Context) => Promise<void>>> = {
  fetch: fetchData,
  info,
  preview,
};

export const data = defineCommand({
  name: 'data',
  summary: 'list, fetch, describe or show data sets',
  description: [
    'list: the data sets that are known by name, and where they lie. fetch: gets one that is not there yet. info: the classes of a data set, how many pictures each has, and the mean and deviation of the colours. preview: writes a PNG with some pictures of each class.',
  ],
  positionals: {
    placeholder: 'list|fetch|info|preview [DATA]',
    description: 'what to do, and with what',
    least: 1,
    most: 2,
  },
  options,
  examples: [
    { does: 'what there is', arguments: 'list' },
    { does: 'see what the network will see of a folder', arguments: 'preview ./photos --size 64' },
  ],
  async run({ given, positionals: [action, name] }, context) {
    if (action === 'list' && name === undefined) await list(context);
    else await actionOf(action!, name)(name!, options.parse(given), context);
    return exitCodes.done;
  },
});

/** @throws UsageError for what is no action, or lacks its data set */
function actionOf(action: string, name: string | undefined) {
  if (action === 'list') throw new UsageError(`data list: expected nothing more, got "${name}"`);
  if (!Object.hasOwn(actions, action)) {
    const names = ['list', ...Object.keys(actions)];
    throw new UsageError(`data: expected ${names.join(', ')}, got "${action}"${suggestion(action, names)}`);
  }
  if (name === undefined) throw new UsageError(`data ${action}: expected the data set, got none`);
  return actions[action]!;
}

async function list({ output }: Context): Promise<void> {
  const rows: string[][] = [];
  for (const source of datasetNames().map((name) => namedDataset(name)!)) {
    const folder = await source.locate();
    output.event({ event: 'dataset', name: source.name, description: source.description, folder: folder ?? null });
    rows.push([source.name, folder === undefined ? 'not here' : 'here', source.description]);
  }
  for (const line of table(rows)) output.line(line);
  output.event({ event: 'done', datasets: rows.length });
}

async function fetchData(name: string, _: Options, { output }: Context): Promise<void> {
  const source = namedDataset(name);
  if (source === undefined) {
    const names = datasetNames();
    throw new UsageError(
      `data fetch: there is no data set "${name}"${suggestion(name, names)}; there are ${names.join(', ')}`,
    );
  }
  const loading = new LoadingView(output);
  const folder = await source.fetch({ onProgress: (progress) => loading.show(progress) });
  output.line(`${name} is in ${folder}`);
  output.event({ event: 'done', name, folder });
}

async function info(name: string, chosen: Options, context: Context): Promise<void> {
  const { output } = context;
  const train = await loadDataset(name, { ...loadOptions(chosen, context), split: 'train' });
  const test = await loadDataset(name, { ...loadOptions(chosen, context), split: 'test' });
  const { mean, std } = channelStatistics(train);
  const { height, width, channels, classes } = train;
  const trainCounts = classCounts(train);
  const testCounts = classCounts(test);
  const figures = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join(' ');
  const lines = [
    ['pictures', `${height}×${width} ${channels === 1 ? 'grey' : 'RGB'}`],
    ['samples', `${formatCount(train.length)} to train on, ${formatCount(test.length)} to test with`],
    ['mean', figures(mean)],
    ['std', figures(std)],
  ];
  for (const line of table(lines)) output.line(line);
  output.line();
  const rows = classes.map((label, i) => [label, formatCount(trainCounts[i]!), formatCount(testCounts[i]!)]);
  for (const line of table([['class', 'train', 'test'], ...rows])) output.line(line);
  output.event({
    event: 'done',
    ...{ name, height, width, channels, mean, std, trainSamples: train.length, testSamples: test.length },
    classes: classes.map((label, i) => ({ name: label, train: trainCounts[i]!, test: testCounts[i]! })),
  });
}

async function preview(name: string, chosen: Options, context: Context): Promise<void> {
  const { split, out, columns } = chosen;
  const dataset = await loadDataset(name, { ...loadOptions(chosen, context), split });
  await writeFile(out, await contactSheet(dataset, { columns }));
  context.output.line(`Made ${out}: a row for each class, ${dataset.classes.slice(0, 20).join(', ')}`);
  context.output.event({ event: 'done', name, split, file: out });
}

function loadOptions(chosen: Options, { output, log }: Context): Omit<LoadOptions, 'split'> {
  const loading = new LoadingView(output);
  return {
    ...pictureOptions(chosen),
    onProgress: (progress) => loading.show(progress),
    onWarning: (message) => log.warn(message),
  };
}

function classCounts({ classes, labels }: ImageDataset): number[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}
