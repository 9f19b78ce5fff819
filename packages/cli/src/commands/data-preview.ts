import { contactSheet, loadDataset, splits } from '@lockstep/data';
import { writeWhole } from '@lockstep/trainer';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.ts';
import { loadOptions, pictureFlags } from '../options/picture-options.ts';
import { defineCommand } from './command.ts';

const options = z.strictObject({
  out: z.string().min(1).default('preview.png').describe('file to write'),
  split: z.enum(splits).default('train').describe('which part of the data set'),
  columns: z.int().min(1).default(10).describe('pictures of each class'),
  ...pictureFlags.shape,
});

/** Classes that a sheet shows. */
const rows = 20;

export const dataPreview = defineCommand({
  name: 'data preview',
  summary: 'a PNG with some pictures of each class',
  description: [
    'Writes a contact sheet: a row for each class, up to twenty, with its pictures as a network would see them.',
  ],
  positionals: { placeholder: 'DATA', description: 'a name, a folder or a file', least: 1, most: 1 },
  options,
  examples: [{ does: 'see what a network would see of a folder', arguments: './photos --size 64 --out photos.png' }],
  async run({ given, positionals: [name] }, context) {
    const chosen = options.parse(given);
    const { split, out: file, columns } = chosen;
    const dataset = await loadDataset(name!, { ...loadOptions(chosen, context), split });
    await writeWhole(file, await contactSheet(dataset, { columns, rows }), '--out');
    context.output.line(`Made ${file}: a row for each class, ${dataset.classes.slice(0, rows).join(', ')}`);
    context.output.event({ event: 'done', name, split, file });
    return exitCodes.done;
  },
});
