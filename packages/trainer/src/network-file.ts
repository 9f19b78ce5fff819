import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CoreError, decodeOnnx, decodeTfjs, type Graph, loadGraph, type StateDict } from '@lockstep/core';
import { ZodError } from 'zod';
import { type DataFile, readDataFile } from './data-file.ts';
import { TrainerError } from './errors.ts';
import { reasonOf } from './reason.ts';

/** Whether a name is that of a file with a network in it: plain data in JSON or YAML, ONNX, or a layers-model of TensorFlow.js. */
export const isNetworkFile = (name: string): boolean => /\.(onnx|json|ya?ml)$/i.test(name);

/**
 * A network of a file: one that a person wrote as plain data, or, with its weights, one of another program.
 *
 * @param size [height, width] of the pictures, where an ONNX file leaves it open
 * @param option what it was given with
 * @throws TrainerError `TRAINER_OPTIONS` or `TRAINER_WEIGHTS` if it cannot be read, CoreError for what is wrong with it
 */
export async function readNetworkFile(
  path: string,
  size?: readonly [height: number, width: number],
  option = '--model',
): Promise<{ graph: Graph; state?: StateDict }> {
  if (/\.onnx$/i.test(path)) return await decodeOnnx(await readWhole(path), path, { size });
  const file = await readDataFile(option, path);
  if (!isTfjs(file.value)) return { graph: await graphOf(file, path) };
  return await decodeTfjs(JSON.stringify(file.value), (name) => readWhole(join(dirname(path), name)), path);
}

const isTfjs = (value: unknown): boolean => typeof value === 'object' && value !== null && 'modelTopology' in value;

/** @throws CoreError that names the file and the line */
async function graphOf({ value, lineOf }: DataFile, path: string): Promise<Graph> {
  try {
    return await loadGraph(value, pathToFileURL(path).href);
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    const line = lineOf(placeOf(cause, value));
    throw new CoreError(cause.code, `${path}${line === undefined ? '' : `:${line}`}: ${cause.message}`, { cause });
  }
}

/** Which part of a graph an error is about: what its check says, or the node that its message names. */
function placeOf({ cause, message }: CoreError, value: unknown): PropertyKey[] {
  if (cause instanceof ZodError) return cause.issues[0]!.path;
  const name = /^node "(.*?)"/.exec(message)?.[1];
  const nodes = (value as { nodes: readonly { name: string }[] }).nodes;
  return name === undefined ? [] : ['nodes', nodes.findIndex((node) => node.name === name)];
}

/** @throws TrainerError `TRAINER_WEIGHTS` that names the file */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new TrainerError(
      'TRAINER_WEIGHTS',
      `cannot read the weights ${path}: ${reasonOf(cause)}; expected a file of safetensors, ONNX or TensorFlow.js`,
      { cause },
    );
  }
}
