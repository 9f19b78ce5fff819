import { exportFormats, exportRun } from '@lockstep/trainer';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes } from '../output/format.ts';
import { defineCommand } from './command.ts';
import { runOption } from './run-option.ts';

const options = z.strictObject({
  run: runOption,
  format: z.enum(exportFormats).default('onnx').describe('what to write'),
  out: z.string().min(1).describe('file to write'),
  foldBatchNorm: z.boolean().default(false).describe('onnx: put batch norms into the convolutions before them'),
  pictures: z
    .boolean()
    .default(false)
    .describe('onnx: read pictures of bytes, uint8 [batch, height, width, channels], and normalise them inside'),
});

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'write the network of a run for other programs',
  description: [
    'Writes the network of a run as ONNX (opset 17, for any batch) or its weights as safetensors, with names and shapes as in PyTorch.',
    'The input of an ONNX file is float32 [batch, channels, height, width], normalised as its metadata says, or with --pictures the bytes of pictures. Its outputs are logits.',
  ],
  options,
  examples: [{ does: 'for ONNX Runtime', arguments: '--run runs/2026-01-31-small-cnn-mnist --out net.onnx' }],
  async run({ given }, { output, log }) {
    const { run, ...chosen } = options.parse(given);
    if (chosen.format !== 'onnx' && (chosen.foldBatchNorm || chosen.pictures)) {
      throw new UsageError(`export: --fold-batch-norm and --pictures are for --format onnx, got ${chosen.format}`);
    }
    const bytes = await exportRun(run, { ...chosen, onWarning: (message) => log.warn(message) });
    output.line(`Made ${output.colors.bold(chosen.out)}, ${formatBytes(bytes)}`);
    output.event({ event: 'done', file: chosen.out, format: chosen.format, bytes, runDir: run });
    return exitCodes.done;
  },
});
