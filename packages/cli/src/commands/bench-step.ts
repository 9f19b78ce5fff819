import { benchStep, benchStepOptionsSchema } from '@lockstep/trainer';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes, formatCount } from '../output/format.ts';
import { defineCommand } from './command.ts';

export const benchStepCommand = defineCommand({
  name: 'bench step',
  summary: 'how many pictures a second a network trains on',
  description: [
    'Trains a network on noise for some seconds, and prints the pictures a second (median of five rounds) and the most memory that the process had. Nothing is written.',
  ],
  options: benchStepOptionsSchema,
  examples: [
    { does: 'LeNet-5 on MNIST-like pictures', arguments: '--model lenet5 --size 28' },
    { does: 'ResNet-20 on one thread', arguments: '--model resnet20 --size 32 --workers 1' },
    { does: 'where the time of its workers goes', arguments: '--model resnet20 --size 32 --times' },
  ],
  async run({ given }, { output }) {
    const figures = await benchStep(given);
    const { model, size, channels, batch, shards, workers, kernels } = figures;
    output.line(
      `${model}, ${size}x${size}x${channels}, batch ${batch}, ${shards} shards, ${workers} ${workers === 1 ? 'worker' : 'workers'}, ${kernels} kernels`,
    );
    output.line(
      `${output.colors.bold(`${formatCount(figures.imagesPerSecond)} images/s`)}, at most ${formatBytes(figures.peakMemoryBytes)} of memory, ${formatBytes(figures.replicaBytes)} of it the replicas'`,
    );
    if (figures.times) {
      const { stepMs, computeMs, imbalanceMs, barrierMs, reductionMs, copyMs, meetings, readBytes } = figures.times;
      const share = (ms: number) => `${ms.toFixed(2)} ms (${((100 * ms) / stepMs).toFixed(1)} %)`;
      output.line(
        `a step ${stepMs.toFixed(2)} ms; computing ${share(computeMs)}, imbalance ${share(imbalanceMs)}, ${meetings} meetings ${share(barrierMs)}, ` +
          `reduction and update ${share(reductionMs)}, copies ${share(copyMs)}; a worker reads ${formatBytes(readBytes)} of the others`,
      );
    }
    output.event({ event: 'done', ...figures });
    return exitCodes.done;
  },
});
