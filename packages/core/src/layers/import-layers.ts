import { registerHooks } from 'node:module';
import { CoreError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { isRegistered } from './registry.ts';

/** Modules of layers that are not of this package, by URL, each once. */
export const layerModules = ({ nodes }: Pick<Graph, 'nodes'>): string[] => [
  ...new Set(nodes.flatMap(({ module }) => module ?? [])),
];

/**
 * Makes the layers of a graph known in this thread, by importing the modules that define them. A graph of layers of this package
 * alone needs it not.
 *
 * @throws CoreError `LAYER_UNKNOWN` by the node whose module cannot be loaded, or does not define its layer
 */
export async function importLayers({ nodes }: Pick<Graph, 'nodes'>): Promise<void> {
  for (const { name, op, module } of nodes) {
    if (module === undefined || isRegistered(op, module)) continue;
    const refuse = (what: string, cause?: unknown) =>
      new CoreError('LAYER_UNKNOWN', `node "${name}": the module of its layer "${op}", ${module}, ${what}`, { cause });
    // Code of this machine alone: the graph may be of a file from elsewhere.
    if (!module.startsWith('file:')) throw refuse('is no file');
    try {
      await importModule(module);
    } catch (cause) {
      throw refuse(`cannot be loaded: ${cause instanceof Error ? cause.message : cause}`, cause);
    }
    if (!isRegistered(op, module)) {
      throw refuse('does not define it: it has to call defineLayer, of the @lockstep/core that is used here');
    }
  }
}

/** What a module of a person's own may import from wherever it lies. */
const provided = ['@lockstep/core', '@lockstep/kernels', 'zod'];
let hooked = false;

/** Imports a module of a person's own. Where it finds no @lockstep/core beside it, it gets this one. */
export async function importModule(url: string): Promise<Record<string, unknown>> {
  if (!hooked) {
    hooked = true;
    registerHooks({
      resolve(specifier, context, next) {
        try {
          return next(specifier, context);
        } catch (error) {
          if (!provided.includes(specifier)) throw error;
          return next(specifier, { ...context, parentURL: import.meta.url });
        }
      },
    });
  }
  return (await import(url)) as Record<string, unknown>;
}
