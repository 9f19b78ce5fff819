import { requirePeer } from './peers.ts';

interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What the tests use of `onnxruntime-node`, and of `onnxruntime-web`, which is the same in WebAssembly. */
export interface Runtime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly InferenceSession: {
    create(
      file: Uint8Array,
      options: object,
    ): Promise<{
      readonly inputNames: readonly string[];
      run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, Tensor>>>;
      /** Not in `onnxruntime-web` 1.14. */
      release?(): Promise<void>;
    }>;
  };
  readonly Tensor: new (type: string, data: Float32Array | Uint8Array, dims: readonly number[]) => unknown;
}

/** ONNX Runtime, where there is one; see peers.ts. */
export function onnxRuntime(): Runtime | undefined {
  const native = requirePeer('onnxruntime-node') as Runtime | undefined;
  if (native) return native;
  const web = requirePeer('onnxruntime-web') as Runtime | undefined;
  if (web) web.env.wasm.numThreads = 1;
  return web;
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
    await session.release?.();
  }
}
