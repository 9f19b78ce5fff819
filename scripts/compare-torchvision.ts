/**
 * Compares every network that torchvision has too with it, by random weights and small pictures: logits in evaluation, and in
 * training loss, running statistics and gradients. Prints the table of docs/torchvision.md, and fails where a difference is more than
 * rounding makes.
 *
 *     node scripts/compare-torchvision.ts [NAME:SIZE …]
 */
import { compareWithTorchvision, isRounding } from '../packages/core/src/testing/torchvision-numbers.ts';

const all = [
  ...['alexnet:64', 'vgg11:32', 'vgg13:32', 'vgg16:32', 'vgg19:32'],
  ...['vgg11-bn:64', 'vgg13-bn:64', 'vgg16-bn:64', 'vgg19-bn:64'],
  ...['googlenet:96', 'googlenet-no-aux:96', 'inception-v3:299', 'inception-v3-no-aux:224'],
  ...['resnet18:64', 'resnet34:64', 'resnet50:96', 'resnet101:96', 'resnet152:96'],
  ...[
    'resnext50-32x4d:96',
    'wide-resnet50-2:96',
    'densenet121:64',
    'densenet161:64',
    'densenet169:64',
    'densenet201:64',
  ],
  'mobilenet-v2:64',
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `efficientnet-b${i}:64`),
];

const wanted = process.argv.slice(2);
const figure = (value: number): string => (value === 0 ? '0' : value.toExponential(1));
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
console.log(row(['network, pictures', 'logits', 'loss', 'statistics', 'gradients', 'own ways', 'ways', 'others']));
console.log(`| --- |${' ---: |'.repeat(7)}`);
const failed: string[] = [];
for (const entry of wanted.length > 0 ? wanted : all) {
  const [name = '', size] = entry.split(':');
  const differences = compareWithTorchvision(name, Number(size));
  if (!differences) throw new Error('there is no torchvision (Debian: python3-torchvision) to compare with');
  const { logits, ours, torchvision, branches } = differences;
  const kinds = ['loss', 'statistics', 'gradients', 'ownWays'] as const;
  const training = kinds.map((kind) => `${figure(ours[kind])} (${figure(torchvision[kind])})`);
  const ways = [branches.count.toLocaleString('en'), branches.differ.toLocaleString('en')];
  console.log(row([`${name}, ${size}²`, figure(logits), ...training, ...ways]));
  if (!isRounding(differences)) failed.push(entry);
}
if (failed.length > 0) {
  console.error(`more than rounding: ${failed.join(', ')}`);
  process.exitCode = 1;
}
