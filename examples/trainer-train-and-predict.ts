/**
 * Trains LeNet-5 on a part of MNIST, then classifies what it was tested with.
 *
 *     node examples/trainer-train-and-predict.ts [FOLDER]
 */
import { loadDataset } from '@lockstep/data';
import { Predictor, runTraining } from '@lockstep/trainer';

const runDir = process.argv[2] ?? 'runs/example';
const summary = await runTraining(
  { model: 'lenet5', lr: 0.05, epochs: 4, augment: 'none', limitTrain: 3000, limitTest: 500, runDir },
  {
    onEvent: (event) => {
      if (event.event === 'epoch') console.log(`epoch ${event.epoch}: test accuracy ${event.testAccuracy}`);
    },
  },
);

const test = await loadDataset('mnist', { split: 'test', limit: 10 });
const predictor = await Predictor.load(summary.runDir);
for (let i = 0; i < test.length; i++) {
  const data = test.images.subarray(i * 784, (i + 1) * 784);
  const { class: answer, probability } = predictor.predict({ data, height: 28, width: 28, channels: 1 });
  console.log(`${test.classes[test.labels[i]!]} is taken for ${answer} (${(100 * probability).toFixed(1)} %)`);
}
