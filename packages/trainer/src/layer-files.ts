import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Graph, importLayers, layerModules } from '@lockstep/core';
import { z } from 'zod';
import { TrainerError } from './errors.ts';
import { reasonOf } from './reason.ts';

/** A module that defines layers of a network, and what it was when the run began. */
export const layerFileSchema = z.object({ module: z.string(), sha256: z.string() });
export type LayerFile = z.output<typeof layerFileSchema>;

/** The files of code that a network needs besides itself. @throws TrainerError `TRAINER_LAYERS` that names the one that is not there */
export const layerFiles = (graph: Graph): LayerFile[] =>
  layerModules(graph).map((module) => {
    try {
      return {
        module,
        sha256: createHash('sha256')
          .update(readFileSync(fileURLToPath(module)))
          .digest('hex'),
      };
    } catch (cause) {
      throw new TrainerError(
        'TRAINER_LAYERS',
        `layers of ${graph.name} are defined by ${module}, which cannot be read: ${reasonOf(cause)}; put it back where it was`,
        { cause },
      );
    }
  });

/**
 * Imports the layers that a network has from outside, in a thread.
 *
 * @param known the files as they were
 * @param onChanged told of each that is another now
 * @throws TrainerError `TRAINER_LAYERS` for a file that is gone; CoreError `LAYER_UNKNOWN` for one that does not define its layers
 */
export async function importLayerFiles(
  graph: Graph,
  known: readonly LayerFile[],
  onChanged: (message: string) => void,
): Promise<void> {
  for (const { module, sha256 } of layerFiles(graph)) {
    const before = known.find((file) => file.module === module);
    if (before?.sha256 !== sha256) {
      onChanged(`${fileURLToPath(module)}, which defines layers of the network, has changed since the run began`);
    }
  }
  await importLayers(graph);
}
