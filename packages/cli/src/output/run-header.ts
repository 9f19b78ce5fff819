import type { RunFacts } from '@lockstep/trainer';
import type { Colors } from './colors.ts';
import { formatBytes, formatCount, formatShare } from './format.ts';
import { table } from './table.ts';

/** What a run is about, before its first step. */
export function runHeader(facts: RunFacts, { bold, dim }: Colors): string[] {
  const { model, data, parameters, epochs, steps, step, batch } = facts;
  const rows = [
    ['model', `${model}, ${formatCount(parameters)} parameters${trained(facts)}`],
    ['data', `${data}: ${pictures(facts)}`],
    ...(facts.streamedSamples > 0 ? [['streamed', streamed(facts)]] : []),
    [
      'training',
      `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, ${formatCount(steps)} ${steps === 1 ? 'step' : 'steps'} of ${batch} pictures`,
    ],
    ...(facts.weights ? [['weights', weights(facts.weights)]] : []),
    ['workers', workers(facts)],
    ['kernels', `${facts.kernels}; ${formatBytes(facts.memoryBytes)} of memory`],
    ['run', facts.runDir],
    ...(step > 0 ? [['goes on', `after step ${formatCount(step)} of ${formatCount(steps)}`]] : []),
  ];
  const [title, ...lines] = [bold(`${model} on ${data}`), ...table(rows)];
  return [title, ...lines.map((line) => `  ${line.replace(/^\S+( on)?/, (name) => dim(name))}`), ''];
}

function pictures({ trainSamples, validationSamples, testSamples }: RunFacts): string {
  const validated = validationSamples === undefined ? '' : `, ${formatCount(validationSamples)} to validate with`;
  return `${formatCount(trainSamples)} pictures to train on${validated}, ${formatCount(testSamples)} to test with`;
}

const streamed = ({ streamedSamples, pictureBytes }: RunFacts): string =>
  `${formatCount(streamedSamples)} pictures are decoded as they are needed; ${formatBytes(pictureBytes)} of memory for all`;

const trained = ({ trainedParameters: count }: RunFacts): string =>
  count === undefined ? '' : `, ${formatCount(count)} of them trained`;

function workers({ workers: count, shards, efficiencyBound }: RunFacts): string {
  const text = `${count}, for ${shards} shards of a batch`;
  if (efficiencyBound >= 1) return text;
  const reason = `${shards} is no multiple of ${count}`;
  return `${text}: at most ${formatShare(efficiencyBound, 0)} of their speed, since ${reason}`;
}

/** What was taken from a file, and what was not. */
function weights({ file, matched, reinitialised, skipped }: NonNullable<RunFacts['weights']>): string {
  const parts = [`${file}: ${formatCount(matched)} tensors taken`];
  if (reinitialised.length > 0) {
    parts.push(`${reinitialised.join(', ')} begin anew, for another number of classes`);
  }
  if (skipped.length > 0)
    parts.push(`${formatCount(skipped.length)} of integers left out (${skipped[0]}${skipped.length > 1 ? ', …' : ''})`);
  return parts.join('; ');
}
