import { createModel, type Graph } from '@lockstep/core';
import { mobilenetV2 } from './mobilenet-v2.ts';
import { resnet18 } from './resnet18.ts';
import { resnet20 } from './resnet20.ts';
import { vgg11 } from './vgg11.ts';

/** The networks of the benchmarks: the zoo's, and some that are built for them. */
const built: Readonly<Record<string, (size: number, channels: number) => Graph>> = {
  'mobilenet-v2': mobilenetV2,
  resnet18,
  resnet20,
  vgg11,
};

export function benchmarkModel(name: string, size: number, channels: number): Graph {
  return Object.hasOwn(built, name)
    ? built[name]!(size, channels)
    : createModel(name, { inputShape: [size, size, channels], classes: 10 });
}
