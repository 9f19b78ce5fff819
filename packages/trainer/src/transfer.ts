import { type ParameterEntry, resolveGraph, stateLayout } from '@lockstep/core';
import { TrainerError } from './errors.ts';
import type { TrainOptions } from './options.ts';
import type { Recipe } from './setup.ts';
import type { StartingState } from './starting-state.ts';

type Transfer = Pick<Recipe, 'frozen' | 'learningRates' | 'headWarmUp'>;

/**
 * What `freeze`, `lrMultiplier` and `headWarmUp` come to for a network, by the names of its parameters.
 *
 * @param start of which the head is known, if there is one that begins anew
 * @throws TrainerError `TRAINER_OPTIONS` for a pattern that matches nothing, or where nothing is left to train
 */
export function transferOf(
  { freeze = [], lrMultiplier = [], headWarmUp = 0 }: TrainOptions,
  { graph }: Pick<Recipe, 'graph'>,
  start: StartingState | undefined,
): Transfer {
  const names = stateLayout(resolveGraph(graph)).parameters.map(({ name }) => name);
  const matching = (option: string, pattern: string): string[] => {
    const matched = names.filter((name) => matches(pattern, name));
    if (matched.length > 0) return matched;
    throw new TrainerError(
      'TRAINER_OPTIONS',
      `${option} ${pattern}: no parameter of ${graph.name} has such a name; there are ${nearest(pattern, names).join(', ')}`,
    );
  };
  const frozen = new Set(freeze.flatMap((pattern) => matching('--freeze', pattern)));
  const trained = (among: readonly string[], what: string): string[] => {
    const left = among.filter((name) => !frozen.has(name));
    if (left.length > 0) return left;
    throw new TrainerError('TRAINER_OPTIONS', `--freeze ${freeze.join(',')}: ${what} is left to train: freeze less`);
  };
  trained(names, 'nothing');
  const rates = lrMultiplier.flatMap((text) => {
    const at = text.lastIndexOf('=');
    const factor = Number(text.slice(at + 1));
    return matching('--lr-multiplier', text.slice(0, at)).map((name) => [name, factor] as const);
  });
  const head = headWarmUp > 0 ? trained(headOf(start), 'nothing of the head') : [];
  return {
    ...(frozen.size > 0 && { frozen: [...frozen] }),
    ...(rates.length > 0 && { learningRates: Object.fromEntries(rates) }),
    ...(headWarmUp > 0 && { headWarmUp: { epochs: headWarmUp, head } }),
  };
}

function headOf(start: StartingState | undefined): readonly string[] {
  const head = start?.facts.reinitialised ?? [];
  if (head.length > 0) return head;
  throw new TrainerError(
    'TRAINER_OPTIONS',
    'expected --head-warm-up with weights whose head begins anew, of --weights or of a model that has them for another number of ' +
      `classes; ${start ? `all of ${start.facts.file} fits` : 'there are no weights to begin with'}: leave it out`,
  );
}

/** Whether a name is one of a pattern: `*` stands for any characters, dots too, and `?` for one. */
function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

/** Some names that begin most like a pattern. */
function nearest(pattern: string, names: readonly string[]): string[] {
  const common = (name: string): number => {
    let length = 0;
    while (length < name.length && name[length] === pattern[length]) length++;
    return length;
  };
  return names.toSorted((a, b) => common(b) - common(a)).slice(0, 6);
}

/** The first steps, in which the head alone is trained. */
export const warmUpSteps = ({ headWarmUp }: Pick<Recipe, 'headWarmUp'>, epochSteps: number): number =>
  Math.round((headWarmUp?.epochs ?? 0) * epochSteps);

/** Names of what is not trained in the warm-up, but behind it; undefined if there is none. */
export const frozenInWarmUp = (
  { headWarmUp, frozen = [] }: Pick<Recipe, 'headWarmUp' | 'frozen'>,
  parameters: readonly Pick<ParameterEntry, 'name'>[],
): string[] | undefined =>
  headWarmUp &&
  parameters.map(({ name }) => name).filter((name) => !headWarmUp.head.includes(name) && !frozen.includes(name));

/** What the learning rate of each parameter is multiplied by, in their order, in the warm-up and behind it: 0 where it is not trained. */
export interface ParameterRates {
  readonly training: readonly number[];
  readonly warmUp: readonly number[];
}

/** Undefined where all have the same. */
export function parameterRates(
  recipe: Pick<Recipe, 'headWarmUp' | 'frozen' | 'learningRates'>,
  parameters: readonly Pick<ParameterEntry, 'name'>[],
): ParameterRates | undefined {
  const { headWarmUp, frozen = [], learningRates = {} } = recipe;
  if (!headWarmUp && frozen.length === 0 && Object.keys(learningRates).length === 0) return undefined;
  const rates = (without: readonly string[]): number[] => {
    const none = new Set(without);
    return parameters.map(({ name }) => (none.has(name) ? 0 : (learningRates[name] ?? 1)));
  };
  return { training: rates(frozen), warmUp: rates([...frozen, ...(frozenInWarmUp(recipe, parameters) ?? [])]) };
}
