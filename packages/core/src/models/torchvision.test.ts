import { expect, it } from 'vitest';
import { resolveGraph } from '../graph/resolve.ts';
import { stateLayout } from '../plan/parameters.ts';
import { initialState } from '../state.ts';
import { runPython } from '../testing/python.ts';
import { createModel } from './model.ts';

const script = new URL('../goldens/torchvision-models.py', import.meta.url);

it('names and shapes every tensor as torchvision does', { timeout: 60_000 }, ({ skip }) => {
  const text = runPython(script);
  skip(text === undefined, 'there is no torchvision (Debian: python3-torchvision) to compare with');
  const theirs = Object.entries(JSON.parse(text!) as Record<string, Record<string, readonly number[]>>);
  expect(theirs.map(([model]) => model)).toEqual(['mobilenet-v2', 'resnet18', 'resnet34', 'vgg11-cifar']);
  for (const [model, shapes] of theirs) {
    const graph = createModel(model, { inputShape: [224, 224, 3], classes: 1000 });
    const state = initialState(stateLayout(resolveGraph(graph)), 1);
    const own = [...state].filter(([name]) => model !== 'vgg11-cifar' || name.startsWith('features.'));
    expect(Object.fromEntries(own.map(([name, { shape }]) => [name, shape])), model).toEqual(shapes);
  }
});
