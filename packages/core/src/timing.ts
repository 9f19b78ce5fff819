import type { LayerProgram, Shard, Step } from './layers/layer.ts';

/** What a piece of a layer's work is for; the packing of weights is done once a pass, before its first layer. */
export type StepPart = 'packForward' | 'forward' | 'packBackward' | 'backward';

/**
 * Is given each piece of work of a pass, and does it by calling `run`, once.
 *
 * @param node the layer's node
 * @param shard undefined for what is done for all of the worker's shards at once
 */
export type StepTimer = (node: string, part: StepPart, shard: Shard | undefined, run: () => void) => void;

/** A layer's program that hands its work to a timer. Meetings with other workers stay as they are. */
export function timed(program: LayerProgram, node: string, timer: StepTimer): LayerProgram {
  const once = (part: StepPart, run: (() => void) | undefined) => run && (() => timer(node, part, undefined, run));
  const steps = (part: StepPart, list: readonly Step[]): Step[] =>
    list.map((step) => {
      if (step.kind === 'gather') return step;
      if (step.kind === 'once') return { ...step, run: () => timer(node, part, undefined, step.run) };
      return { ...step, run: (shard) => timer(node, part, shard, () => step.run(shard)) };
    });
  return {
    beforeForward: once('packForward', program.beforeForward),
    beforeBackward: once('packBackward', program.beforeBackward),
    forward: steps('forward', program.forward),
    ...(program.evaluate && { evaluate: steps('forward', program.evaluate) }),
    backward: steps('backward', program.backward),
    ...(program.afterMeeting && { afterMeeting: program.afterMeeting }),
    ...(program.affine && { affine: program.affine }),
    ...(program.folded && {
      folded: (norm) => {
        const { before, forward } = program.folded!(norm);
        return { before: () => timer(node, 'packForward', undefined, before), forward: steps('forward', forward) };
      },
    }),
  };
}
