import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CoreError, fitting, type Graph, importModule, type ModelOptions, parseGraph } from '@lockstep/core';
import { TrainerError } from './errors.ts';
import { reasonOf } from './reason.ts';

/** Whether a name is that of a module in TypeScript or JavaScript. */
export const isModule = (name: string): boolean => /\.[cm]?[jt]s$/i.test(name);

/** What a module of a model has as its default export: as the families of `createModel` are made. */
export type ModelFunction = (options: ModelOptions) => Graph;

/**
 * A network by the module that makes it: its default export is a {@link ModelFunction}. Or it is a graph, for pictures of one size.
 *
 * @returns the graph, and whether it was made for these options
 * @throws TrainerError `TRAINER_MODEL` if the module cannot be loaded or has no such export, or its function fails; CoreError for
 * what is wrong with the graph
 */
export async function importModel(path: string, options: ModelOptions): Promise<{ graph: Graph; made: boolean }> {
  const file = resolve(path);
  const refuse = (message: string, cause?: unknown) =>
    new TrainerError('TRAINER_MODEL', `${path}${lineOf(cause, file)}: ${message}`, { cause });
  let made: unknown;
  try {
    ({ default: made } = await importModule(pathToFileURL(file).href));
  } catch (cause) {
    throw refuse(`the module cannot be loaded: ${reasonOf(cause)}`, cause);
  }
  const checked = (build: () => unknown): Graph => {
    try {
      return parseGraph(build());
    } catch (cause) {
      if (cause instanceof CoreError) throw new CoreError(cause.code, `${path}: ${cause.message}`, { cause });
      throw refuse(`its function failed: ${reasonOf(cause)}`, cause);
    }
  };
  if (typeof made === 'object' && made !== null) return { graph: checked(() => made), made: false };
  if (typeof made !== 'function') {
    throw refuse(
      `expected its default export to be a function ({ inputShape, classes }) => Graph, or a graph, got ${made === undefined ? 'none' : typeof made}`,
    );
  }
  const build = made as ModelFunction;
  const { inputShape, classes } = options;
  // Were the pictures only too small, it says which would do.
  const large = Math.max(224, ...inputShape.slice(0, 2));
  const graph = fitting(path, (shape) => checked(() => build({ inputShape: shape, classes })), inputShape, large);
  return { graph, made: true };
}

/** The line of a module that an error is from, as `:12`; nothing where its stack does not say. */
function lineOf(error: unknown, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, behind] = stack.split(`${file}:`); // as a path, or at the end of a URL
  return behind === undefined ? '' : (/^\d+/.exec(behind)?.[0].replace(/^/, ':') ?? '');
}
