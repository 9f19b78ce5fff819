import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { expect, it } from 'vitest';

it('trains on some of MNIST, and knows most digits afterwards', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-example-'));
  try {
    const runDir = join(folder, 'run');
    const script = join(import.meta.dirname, 'trainer-train-and-predict.ts');
    const output = execFileSync(execPath, [script, runDir], { encoding: 'utf8' });
    const accuracies = Array.from(output.matchAll(/test accuracy (\d\.\d+)/g), ([, accuracy]) => Number(accuracy));
    expect(accuracies).toHaveLength(4);
    expect(accuracies[3]).toBeGreaterThan(0.85);
    const answers = Array.from(output.matchAll(/^(\d) is taken for (\d)/gm));
    expect(answers).toHaveLength(10);
    expect(answers.filter(([, label, answer]) => label === answer).length).toBeGreaterThan(7);
    expect(readdirSync(runDir)).toContain('report.html');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
