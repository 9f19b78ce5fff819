import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { describe, expect, it } from 'vitest';
import { kernelBuilds, kernelModule } from './module.ts';
import { probeKernels } from './probe.ts';
import { requestRevectorization } from './request-revectorization.ts';

describe('probeKernels', () => {
  it('takes the faster of the two builds with the same bits, and says how fast they are', () => {
    const { build, module, gigaflops, selfCheck } = probeKernels();
    const { default: plain, revectorised } = gigaflops;
    expect(plain).toBeGreaterThan(0.1);
    expect(revectorised).toBeGreaterThan(0.1);
    expect(build).toBe(revectorised! > plain! ? 'revectorised' : 'default');
    expect(module).toBe(kernelModule(build));
    expect(selfCheck).toBe('passed');
  });

  it.each(kernelBuilds)('takes the %s build where it is forced, and times nothing', (build) => {
    expect(probeKernels(build)).toEqual({ build, module: kernelModule(build), gigaflops: {}, selfCheck: 'passed' });
  });

  it('refuses a build that there is not', () => {
    const choice: string = 'fastest';
    // As from JavaScript, or a configuration file.
    expect(() => Reflect.apply(probeKernels, undefined, [choice])).toThrow(
      expect.objectContaining({ code: 'KERNEL_ARGUMENT', message: expect.stringContaining("got 'fastest'") }),
    );
  });
});

describe('requestRevectorization', () => {
  /** Runs lines in a process of their own, without flags. */
  function run(...lines: string[]): { status: number | null; stdout: string } {
    const source = ['request-revectorization.ts', 'module.ts'].map(
      (file, i) => `const m${i} = await import(${JSON.stringify(join(import.meta.dirname, file))});`,
    );
    const code = [...source, ...lines].join('\n');
    return spawnSync(execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  }

  it('is true where the flag is on already', () => {
    expect(requestRevectorization()).toBe(true); // the tests run with it
  });

  it('sets the flag before anything is compiled, on x64 only, and may be asked again', () => {
    const { stdout } = run(
      'const first = m0.requestRevectorization();',
      'm1.kernelModule("revectorised");',
      'console.log(first === (process.arch === "x64"), m0.requestRevectorization() === first);',
    );
    expect(stdout).toBe('true true\n');
  });

  it.runIf(process.arch === 'x64')('refuses once kernels are compiled, when it would do nothing', () => {
    const { stdout } = run(
      'm1.kernelModule("strict");',
      'try { m0.requestRevectorization(); } catch ({ code, message }) { console.log(code, message); }',
    );
    expect(stdout).toMatch(/^KERNEL_BUILD .*the strict kernels have been compiled without it/);
  });
});
