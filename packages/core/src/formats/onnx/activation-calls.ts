import type { LayerCall } from '../../graph/builder.ts';
import type { OnnxReader } from './reader.ts';

/** Operators with one input that a layer of ours is the same as. */
export function activationCalls(reader: OnnxReader): LayerCall {
  switch (reader.node.opType) {
    case 'Gelu':
      return { op: 'gelu', options: { approximate: reader.text('approximate', 'none') } };
    case 'HardSwish':
      return { op: 'hardSwish', options: {} };
    case 'LeakyRelu':
      return { op: 'leakyRelu', options: { negativeSlope: reader.float('alpha', 0.01) } };
    case 'Relu':
      return { op: 'relu', options: {} };
    case 'Sigmoid':
      return { op: 'sigmoid', options: {} };
    case 'Tanh':
      return { op: 'tanh', options: {} };
    default:
      return reader.refuse('is no activation');
  }
}
