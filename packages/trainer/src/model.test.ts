import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, modelInfo } from '@lockstep/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from './model.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-model-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const yaml = `name: tiny
inputs:
  - { name: picture, shape: [9, 9, 1] }
nodes:
  - name: conv
    op: conv2d
    options:
      outChannels: 4
      kernelSize: 3
  - { name: pool, op: maxPool2d, options: { kernelSize: 7 } }
  - { name: flatten, op: flatten }
  - { name: fc, op: linear, options: { outFeatures: 10 } }
`;
const graph = {
  name: 'tiny',
  inputs: [{ name: 'picture', shape: [9, 9, 1] }],
  nodes: [
    { name: 'conv', op: 'conv2d', inputs: ['picture'], options: { outChannels: 4, kernelSize: 3 } },
    { name: 'pool', op: 'maxPool2d', inputs: ['conv'], options: { kernelSize: 7 } },
    { name: 'flatten', op: 'flatten', inputs: ['pool'], options: {} },
    { name: 'fc', op: 'linear', inputs: ['flatten'], options: { outFeatures: 10 } },
  ],
  outputs: ['fc'],
};
const sizes = { height: 15, width: 15, channels: 2, classes: 3 };
const resized = {
  ...graph,
  inputs: [{ name: 'picture', shape: [15, 15, 2] }],
  nodes: graph.nodes.with(3, { ...graph.nodes[3]!, options: { outFeatures: 3 } }),
};

describe('loadModel', () => {
  it('makes one of those that there are', async () => {
    expect(await loadModel('lenet5', {})).toEqual({ graph: createModel('lenet5', modelInfo('lenet5').original) });
    const use = { height: 28, width: 28, channels: 3, classes: 5 };
    const expected = createModel('small-cnn', { inputShape: [28, 28, 3], classes: 5 });
    expect(await loadModel('small-cnn', use)).toEqual({ graph: expected });
  });

  it.each([
    ['a.yaml', yaml],
    ['a.yml', JSON.stringify(graph)],
    ['a.json', JSON.stringify(graph)],
    ['a.mjs', `export default ${JSON.stringify(graph)}`],
  ])('takes the plain data of %s, as it is or for other pictures and classes', async (name, text) => {
    const path = await file(name, text);
    expect(await loadModel(path, {})).toEqual({ graph });
    expect(await loadModel(path, sizes)).toEqual({ graph: resized });
  });

  it.each([
    ['b.ts', 'export default ({ inputShape, classes }: { inputShape: number[]; classes: number }): unknown => '],
    ['b.js', 'export default ({ inputShape, classes }) => '],
  ])('asks the function of %s', async (name, start) => {
    const text = JSON.stringify(graph)
      .replace('[9,9,1]', 'inputShape')
      .replace('"outFeatures":10', '"outFeatures":classes');
    const path = await file(name, `${start}(${text});`);
    expect(await loadModel(path, sizes)).toEqual({ graph: resized });
    const usual = await loadModel(path, {});
    expect(usual.graph.inputs[0]!.shape).toEqual([224, 224, 3]);
    expect(usual.graph.nodes[3]!.options).toEqual({ outFeatures: 1000 });
  });

  it.each([
    [
      'c.yaml',
      yaml.replace('outChannels: 4', 'outChannels: many'),
      'LAYER_OPTIONS',
      /c\.yaml:5: node "conv" \(conv2d\)/,
    ],
    [
      'c.yaml',
      yaml.replace('op: flatten', 'op: flaten'),
      'LAYER_UNKNOWN',
      /c\.yaml:11: node "flatten": there is no layer/,
    ],
    ['c.yaml', yaml.replace('op: conv2d', 'op: 3'), 'GRAPH_INVALID', /c\.yaml:6: this is no graph: .* nodes\[0\]\.op/],
    ['c.yaml', yaml.replace('Size: 7', 'Size: 8'), 'GRAPH_SHAPE', /c\.yaml:10: node "pool": maxPool2d/],
    ['c.yaml', `${yaml}  fc`, 'TRAINER_OPTIONS', /c\.yaml cannot be understood: .* at line 13/],
    ['c.json', '{', 'TRAINER_OPTIONS', /c\.json cannot be understood: Expected property name .* \(line 1 column 2\)/],
    ['c.json', '[]', 'GRAPH_INVALID', /c\.json: this is no graph/],
    [
      'd.mjs',
      'export const net = 1;',
      'TRAINER_MODEL',
      /d\.mjs: expected its default export to be a function .* got none/,
    ],
    ['e.mjs', 'export default 1;', 'TRAINER_MODEL', /e\.mjs: expected .* got number/],
    ['f.mjs', 'export default (', 'TRAINER_MODEL', /f\.mjs.*: the module cannot be loaded: /],
    ['g.mjs', 'export default () => { throw new Error("no"); }', 'TRAINER_MODEL', /g\.mjs:1: its function failed: no/],
    ['h.mjs', 'export default () => ({ name: "h" })', 'GRAPH_INVALID', /h\.mjs: this is no graph: .* inputs/],
    [
      'i.mjs',
      `export default () => (${JSON.stringify(graph).replace('Size":7', 'Size":9')})`,
      'GRAPH_SHAPE',
      /i\.mjs: node "pool"/,
    ],
  ])('%s with %j is refused', async (name, text, code, message) => {
    await expect(loadModel(await file(name, text), {})).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('says how large the pictures must be', async () => {
    const text = JSON.stringify(graph).replace('[9,9,1]', 'inputShape');
    const path = await file('j.mjs', `export default ({ inputShape }) => (${text});`);
    for (const model of [path, await file('j.yaml', yaml)]) {
      await expect(loadModel(model, { height: 8, width: 8, channels: 1 })).rejects.toMatchObject({
        code: 'GRAPH_SHAPE',
        message: expect.stringMatching(/of 8x8x1: .*node "pool".*; the smallest square picture that it takes is 9x9$/),
      });
    }
  });

  it('names a file that is not there', async () => {
    await expect(loadModel('no.yaml', {})).rejects.toThrow('--model: no.yaml cannot be read: ENOENT');
    await expect(loadModel('no.ts', {})).rejects.toThrow(/^no\.ts: the module cannot be loaded: Cannot find module/);
  });
});
