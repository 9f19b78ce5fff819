import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { decodeOnnx, decodeTfjs, type Graph, type StateDict } from '@lockstep/core';
import { TrainerError } from './errors.ts';

/** Whether a model is a file, by its name: ONNX, or a layers-model of TensorFlow.js. */
export const isNetworkFile = (model: string): boolean => /\.(onnx|json)$/i.test(model);

/**
 * A network, with its weights, of a file that another program wrote.
 *
 * @param size [height, width] of the pictures, where an ONNX file leaves it open
 * @throws TrainerError `TRAINER_WEIGHTS` if it cannot be read, CoreError for what is wrong with it
 */
export async function readNetworkFile(
  path: string,
  size: readonly [height: number, width: number],
): Promise<{ graph: Graph; state: StateDict }> {
  if (/\.onnx$/i.test(path)) return await decodeOnnx(await readWhole(path), path, { size });
  const json = new TextDecoder().decode(await readWhole(path));
  return await decodeTfjs(json, (name) => readWhole(join(dirname(path), name)), path);
}

/** @throws TrainerError `TRAINER_WEIGHTS` that names the file */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new TrainerError(
      'TRAINER_WEIGHTS',
      `cannot read the weights ${path}: ${cause instanceof Error ? cause.message : cause}; expected a file of safetensors, ONNX or TensorFlow.js`,
      { cause },
    );
  }
}
