import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPython } from './python.ts';

const script = new URL('../goldens/check-onnx.py', import.meta.url);

/**
 * What ONNX's own checker says of files.
 *
 * @returns of each undefined, or what is wrong with it; undefined where there is no checker (Debian: python3-onnx)
 */
export function checkOnnx(files: readonly Uint8Array[]): (string | undefined)[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-onnx-'));
  try {
    const paths = files.map((file, i) => {
      const path = join(folder, `${i}.onnx`);
      writeFileSync(path, file);
      return path;
    });
    const answer = runPython(script, paths);
    return answer === undefined
      ? undefined
      : (JSON.parse(answer) as (string | null)[]).map((message) => message ?? undefined);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
