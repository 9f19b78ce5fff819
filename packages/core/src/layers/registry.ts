import { CoreError } from '../errors.ts';
import { adaptiveAvgPool2dLayer } from './adaptive-avg-pool2d.ts';
import { adaptiveMaxPool2dLayer } from './adaptive-max-pool2d.ts';
import { addLayer } from './add.ts';
import { avgPool2dLayer } from './avg-pool2d.ts';
import { batchNorm1dLayer } from './batch-norm1d.ts';
import { batchNorm2dLayer } from './batch-norm2d.ts';
import { concatLayer } from './concat.ts';
import { convTranspose2dLayer } from './conv-transpose2d.ts';
import { conv1dLayer } from './conv1d.ts';
import { conv2dLayer } from './conv2d.ts';
import { dropoutLayer } from './dropout.ts';
import { flattenLayer } from './flatten.ts';
import { geluLayer } from './gelu.ts';
import { globalAvgPool2dLayer } from './global-avg-pool2d.ts';
import { groupNormLayer } from './group-norm.ts';
import { hardSigmoidLayer } from './hard-sigmoid.ts';
import { hardSwishLayer } from './hard-swish.ts';
import { instanceNorm2dLayer } from './instance-norm2d.ts';
import type { Layer } from './layer.ts';
import { layerNormLayer } from './layer-norm.ts';
import { layerNorm2dLayer } from './layer-norm2d.ts';
import { leakyReluLayer } from './leaky-relu.ts';
import { linearLayer } from './linear.ts';
import { localResponseNormLayer } from './local-response-norm.ts';
import { locallyConnected2dLayer } from './locally-connected2d.ts';
import { lpPool2dLayer } from './lp-pool2d.ts';
import { maxPool2dLayer } from './max-pool2d.ts';
import { maxUnpool2dLayer } from './max-unpool2d.ts';
import { multiplyLayer } from './multiply.ts';
import { padChannelsLayer } from './pad-channels.ts';
import { pad2dLayer } from './pad2d.ts';
import { preluLayer } from './prelu.ts';
import { reluLayer } from './relu.ts';
import { relu6Layer } from './relu6.ts';
import { rmsNormLayer } from './rms-norm.ts';
import { rmsNorm2dLayer } from './rms-norm2d.ts';
import { sigmoidLayer } from './sigmoid.ts';
import { siluLayer } from './silu.ts';
import { softmaxLayer } from './softmax.ts';
import { stochasticDepthLayer } from './stochastic-depth.ts';
import { tanhLayer } from './tanh.ts';
import { upsampleLayer } from './upsample.ts';

/** A layer whose types are known to nobody but itself. */
// biome-ignore lint/suspicious/noExplicitAny: options and memory go from the layer's own functions to its own functions
export type AnyLayer = Layer<any, any>;

/** Every kind of layer: a new one is a file and a line here. */
const layers: readonly AnyLayer[] = [
  adaptiveAvgPool2dLayer,
  adaptiveMaxPool2dLayer,
  addLayer,
  avgPool2dLayer,
  batchNorm1dLayer,
  batchNorm2dLayer,
  concatLayer,
  conv1dLayer,
  conv2dLayer,
  convTranspose2dLayer,
  dropoutLayer,
  flattenLayer,
  geluLayer,
  globalAvgPool2dLayer,
  groupNormLayer,
  hardSigmoidLayer,
  hardSwishLayer,
  instanceNorm2dLayer,
  layerNorm2dLayer,
  layerNormLayer,
  leakyReluLayer,
  linearLayer,
  localResponseNormLayer,
  lpPool2dLayer,
  locallyConnected2dLayer,
  maxPool2dLayer,
  maxUnpool2dLayer,
  multiplyLayer,
  pad2dLayer,
  padChannelsLayer,
  preluLayer,
  relu6Layer,
  reluLayer,
  rmsNorm2dLayer,
  rmsNormLayer,
  sigmoidLayer,
  siluLayer,
  softmaxLayer,
  stochasticDepthLayer,
  tanhLayer,
  upsampleLayer,
];

const byOp = new Map(layers.map((layer) => [layer.op, layer]));

/**
 * Adds a layer that a module from outside defines.
 *
 * @throws CoreError `LAYER_INVALID` if there is one of that name already, but of the same module
 */
export function registerLayer(layer: AnyLayer): void {
  const other = byOp.get(layer.op);
  if (other && other.module !== layer.module) {
    throw new CoreError(
      'LAYER_INVALID',
      `layer "${layer.op}" of ${layer.module}: there is a layer of that name, ${other.module ? `of ${other.module}` : 'of @lockstep/core'}: give it another`,
    );
  }
  byOp.set(layer.op, layer);
}

/** Whether there is a layer of that name, of that module. */
export const isRegistered = (op: string, module: string): boolean => byOp.get(op)?.module === module;

/** The names of all kinds of layers. */
export const layerOps = (): string[] => [...byOp.keys()];

/**
 * @param module what defines it, if it is not of this package
 * @throws CoreError `LAYER_UNKNOWN`
 */
export function layerOf(op: string, node: string, module?: string): AnyLayer {
  const layer = byOp.get(op);
  if (layer && layer.module === module) return layer;
  throw new CoreError(
    'LAYER_UNKNOWN',
    module !== undefined
      ? `node "${node}": its layer "${op}" is of ${module}, which has not been imported: call importLayers(graph) before`
      : layer
        ? `node "${node}": layer "${op}" is of ${layer.module}: name it as the node's module`
        : `node "${node}": there is no layer "${op}"; there are ${layerOps().join(', ')}`,
  );
}
