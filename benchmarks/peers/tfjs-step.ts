/**
 * Images a second of a training step of LeNet-5 in TensorFlow.js, plain cpu backend, on synthetic input. Prints one JSON
 * object: {"tfjs", "imagesPerSecond", "peakMemoryBytes"}, by the median of the steps.
 *
 *     node benchmarks/peers/tfjs-step.ts FOLDER SIZE CHANNELS BATCH SECONDS
 *
 * FOLDER is one in which @tensorflow/tfjs is installed; it is no dependency of ours, since it would be part of every install.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { argv, resourceUsage } from 'node:process';

const [folder, ...numbers] = argv.slice(2);
const [size, channels, batch, seconds] = numbers.map(Number) as [number, number, number, number];
// biome-ignore lint/suspicious/noExplicitAny: its types are installed where it is
const tf: any = createRequire(join(folder!, 'package.json'))('@tensorflow/tfjs');
await tf.setBackend('cpu');

const { layers } = tf;
const relu = { activation: 'relu' };
const model = tf.sequential({
  layers: [
    layers.conv2d({ filters: 6, kernelSize: 5, padding: 'same', inputShape: [size, size, channels], ...relu }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: 16, kernelSize: 5, ...relu }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
    layers.dense({ units: 120, ...relu }),
    layers.dense({ units: 84, ...relu }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: tf.train.momentum(0.01, 0.9), loss: 'categoricalCrossentropy' });
const x = tf.randomNormal([batch, size, size, channels]);
const y = tf.oneHot(tf.randomUniform([batch], 0, 10, 'int32'), 10);
await model.trainOnBatch(x, y);

const times: number[] = [];
const begin = performance.now();
do {
  const start = performance.now();
  await model.trainOnBatch(x, y);
  times.push(performance.now() - start);
} while (times.length < 3 || performance.now() - begin < seconds * 1000);
const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
const peakMemoryBytes = resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ tfjs: tf.version.tfjs, imagesPerSecond: (batch * 1000) / median, peakMemoryBytes }));
