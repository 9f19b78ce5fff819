import { encodeOnnx, encodeSafetensors, foldBatchNorm } from '@lockstep/core';
import { readConfig, readModel, writeWhole } from './run-folder.ts';

/** The formats that a trained network can be given to others in. */
export const exportFormats = ['onnx', 'safetensors'] as const;

export interface ExportRunOptions {
  readonly format: (typeof exportFormats)[number];
  readonly out: string;
  /** ONNX only: batch norms go into the convolutions before them. Default: false. */
  readonly foldBatchNorm?: boolean | undefined;
  /** ONNX only: the input is pictures of bytes, uint8 [batch, height, width, channels], and is normalised inside. Default: false. */
  readonly pictures?: boolean | undefined;
  /** Told of the code of a layer that has changed since the run began. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Writes the network of a run as a file for other programs. An ONNX file has the names of the classes, and what its input is
 * normalised with, as its metadata `classes` and `normalisation`, in JSON.
 *
 * @returns bytes written
 * @throws TrainerError if there is no trained network, or the file cannot be written; CoreError if the format lacks a layer
 */
export async function exportRun(runDir: string, options: ExportRunOptions): Promise<number> {
  const { recipe, classes } = await readConfig(runDir, options.onWarning);
  const state = await readModel(runDir);
  const { format, out, pictures } = options;
  const { normalisation } = recipe;
  const network = options.foldBatchNorm ? foldBatchNorm(recipe.graph, state) : { graph: recipe.graph, state };
  const bytes =
    format === 'safetensors'
      ? encodeSafetensors(state, { format: 'pt' })
      : await encodeOnnx(network.graph, network.state, {
          pictures: pictures ? normalisation : undefined,
          metadata: { classes: JSON.stringify(classes), normalisation: JSON.stringify(normalisation) },
        });
  await writeWhole(out, bytes, '--out');
  return bytes.length;
}
