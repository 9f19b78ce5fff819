import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What the tests use of `onnxruntime-node`. */
interface Runtime {
  readonly InferenceSession: {
    create(
      file: Uint8Array,
      options: object,
    ): Promise<{
      readonly inputNames: readonly string[];
      run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, Tensor>>>;
      release(): Promise<void>;
    }>;
  };
  readonly Tensor: new (type: string, data: Float32Array | Uint8Array, dims: readonly number[]) => unknown;
}

/**
 * ONNX Runtime, where the environment variable LOCKSTEP_ONNXRUNTIME names a folder that has it; with 290 MB it is not for
 * everybody's install:
 *
 *     npm install --prefix /tmp/ort --ignore-scripts onnxruntime-node@1.30.0
 *     LOCKSTEP_ONNXRUNTIME=/tmp/ort vitest run packages/core/src/formats
 */
export function onnxRuntime(): Runtime | undefined {
  const folder = process.env.LOCKSTEP_ONNXRUNTIME;
  return folder ? (createRequire(join(folder, 'node_modules', 'index.js'))('onnxruntime-node') as Runtime) : undefined;
}

/** Runs a file on inputs of [batch, …] and gives its outputs by name. */
export async function runOnnx(
  { InferenceSession, Tensor }: Runtime,
  file: Uint8Array,
  inputs: readonly {
    readonly name: string;
    readonly data: Float32Array | Uint8Array;
    readonly dims: readonly number[];
  }[],
): Promise<Readonly<Record<string, Tensor>>> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const tensor = ({ data, dims }: (typeof inputs)[0]) =>
      new Tensor(data instanceof Uint8Array ? 'uint8' : 'float32', data, dims);
    return await session.run(Object.fromEntries(inputs.map((input) => [input.name, tensor(input)])));
  } finally {
    await session.release();
  }
}
