import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What `policies.py` is asked, and the pixels that go with it. */
export interface PolicyQuestion {
  readonly question: string;
  readonly pixels: readonly Uint8Array[];
  readonly [detail: string]: unknown;
}

/** What `policies.py` answers, all in one process; undefined where there is no torchvision. */
export function askTorchvision(questions: readonly PolicyQuestion[]): Buffer[] | undefined {
  const script = fileURLToPath(new URL('policies.py', import.meta.url));
  const asked = questions.map(({ pixels, ...rest }) => ({ ...rest, pixels: Buffer.concat(pixels).length }));
  const input = Buffer.concat([Buffer.from(`${JSON.stringify(asked)}\n`), ...questions.flatMap(({ pixels }) => pixels)]);
  const { error, status, stdout, stderr } = spawnSync('/usr/bin/python3', [script], { input, maxBuffer: 2 ** 30 });
  if (error !== undefined || status === 3) return undefined;
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
  let at = 0;
  return questions.map(() => {
    const begin = at + 8;
    at = begin + Number(stdout.readBigUInt64LE(at));
    return stdout.subarray(begin, at);
  });
}
