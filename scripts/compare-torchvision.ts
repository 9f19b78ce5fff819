/**
 * Compares every network that torchvision has too with it, by random weights and small pictures: logits in evaluation, and in
 * training loss, running statistics and gradients. Prints the largest relative differences of each.
 *
 *     node scripts/compare-torchvision.ts [NAME:SIZE …]
 */
import { compareWithTorchvision } from '../packages/core/src/testing/torchvision-numbers.ts';

const all = [
  ...['alexnet:64', 'googlenet-no-aux:64', 'inception-v3-no-aux:160', 'mobilenet-v2:64'],
  ...['resnet18:64', 'resnet34:64', 'resnet50:64', 'resnet101:64', 'resnet152:64', 'resnext50-32x4d:64'],
  ...['wide-resnet50-2:64', 'densenet121:64', 'densenet161:64', 'densenet169:64', 'densenet201:64'],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `efficientnet-b${i}:64`),
  ...['vgg11:32', 'vgg13:32', 'vgg16:32', 'vgg19:32', 'vgg11-bn:64', 'vgg13-bn:64', 'vgg16-bn:64', 'vgg19-bn:64'],
];
const wanted = process.argv.slice(2);
for (const entry of wanted.length > 0 ? wanted : all) {
  const [name = '', size] = entry.split(':');
  const differences = compareWithTorchvision(name, Number(size));
  if (!differences) throw new Error('there is no torchvision (Debian: python3-torchvision) to compare with');
  const figures = Object.entries(differences).map(([kind, value]) => `${kind} ${(value as number).toExponential(1)}`);
  console.log(`${entry.padEnd(24)}${figures.join('  ')}`);
}
