import { expect, it } from 'vitest';
import { resolveGraph } from '../graph/resolve.ts';
import type { Initialiser } from '../initialisers.ts';
import { type StateLayout, stateLayout } from '../plan/parameters.ts';
import { runPython } from '../testing/python.ts';
import { createModel, modelInfo } from './model.ts';

const script = new URL('../goldens/torchvision-models.py', import.meta.url);

/** Every model that torchvision 0.14 has too, by the same name with dashes. */
const shared = [
  ...['alexnet', 'vgg11', 'vgg13', 'vgg16', 'vgg19', 'vgg11-bn', 'vgg13-bn', 'vgg16-bn', 'vgg19-bn'],
  ...['googlenet', 'inception-v3', 'resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152'],
  ...['resnext50-32x4d', 'wide-resnet50-2', 'densenet121', 'densenet161', 'densenet169', 'densenet201', 'mobilenet-v2'],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `efficientnet-b${i}`),
];
/** Those that are quick to initialise, one of each kind. */
const started = ['densenet121', 'efficientnet-b0', 'googlenet', 'inception-v3', 'mobilenet-v2', 'resnet18'];

interface Answer {
  readonly shapes: Record<string, Record<'parameters' | 'buffers', [name: string, shape: number[]][]>>;
  readonly starts: Record<string, Record<string, [mean: number, deviation: number, kurtosis: number | null]>>;
}

const layoutOf = (name: string): StateLayout => stateLayout(resolveGraph(createModel(name, modelInfo(name).original)));

/** Mean, standard deviation and kurtosis of what a tensor starts with. */
function startOf({ initialisation, fanIn, fanOut }: Initialiser): [mean: number, deviation: number, kurtosis: number] {
  const [uniform, normal] = [1.8, 3];
  switch (initialisation.kind) {
    case 'constant':
      return [initialisation.value, 0, 0];
    case 'torchDefault':
      return [0, 1 / Math.sqrt(3 * fanIn), uniform];
    case 'kaimingNormal':
      return [0, Math.sqrt(2 / (initialisation.mode === 'fanIn' ? fanIn : fanOut)), normal];
    case 'uniform':
      return [0, initialisation.bound / Math.sqrt(3), uniform];
    case 'normal':
    case 'truncatedNormal':
      // Where it is truncated, it is far from where most values are.
      return [0, initialisation.deviation, normal];
    default:
      throw new Error(`${initialisation.kind} is not torchvision's`);
  }
}

it('has every tensor of torchvision, by name, shape, order and start', { timeout: 120_000 }, ({ skip }) => {
  const text = runPython(script, [], JSON.stringify({ shapes: shared, starts: started }));
  skip(text === undefined, 'there is no torchvision (Debian: python3-torchvision) to compare with');
  const { shapes, starts } = JSON.parse(text!) as Answer;
  expect(Object.keys(shapes)).toEqual(shared);
  for (const [model, { parameters, buffers }] of Object.entries(shapes)) {
    const layout = layoutOf(model);
    expect(
      layout.parameters.map(({ name, shape }) => [name, shape]),
      model,
    ).toEqual(parameters);
    expect(
      layout.buffers.map(({ name, size }) => [name, [size]]),
      model,
    ).toEqual(buffers);
  }
  for (const [model, tensors] of Object.entries(starts)) {
    for (const { name, size, initialiser } of layoutOf(model).parameters) {
      const [mean, deviation, kurtosis] = startOf(initialiser);
      const [theirMean, theirDeviation, theirKurtosis] = tensors[name]!;
      // Five times what a sample of this size is off by.
      const tolerance = (5 * deviation) / Math.sqrt(size) + 1e-7;
      expect(Math.abs(theirMean - mean), `mean of ${name} of ${model}`).toBeLessThan(tolerance);
      expect(Math.abs(theirDeviation - deviation), `deviation of ${name} of ${model}`).toBeLessThan(tolerance);
      // Of fewer values it is too uncertain to tell.
      if (deviation === 0 || size < 4096) continue;
      expect(Math.abs(theirKurtosis! - kurtosis), `kurtosis of ${name} of ${model}`).toBeLessThan(0.5);
    }
  }
});
