/**
 * GFLOP/s of the convolution kernels on one thread: passes × shapes × builds, and the share of the peak of the register tile,
 * which is measured as the best matrix product whose operands stay in the first cache. Winograd's algorithm is counted with
 * the multiplications of the direct one, so that both say how soon the result is there; it may be above the peak.
 *
 *     node benchmarks/kernels.ts [--json]
 *
 * Each build runs in a process of its own, since the flag that makes 256-bit code holds for a whole process; the revectorised
 * build has it, where there is such code. The best round counts: what else runs on the machine can only slow a round down.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { argv, execPath, stdout, version } from 'node:process';
import {
  allocateConvolution,
  bestRate,
  Convolution,
  type ConvolutionAlgorithms,
  type ConvolutionShape,
  convolutionAlgorithm,
  convolutionGeometry,
  directAlgorithms,
  type KernelBuild,
  kernelBuilds,
  pseudoRandom,
  registerTilePeak,
  requestRevectorization,
  Workspace,
} from '@lockstep/kernels';

const passes = ['forward', 'inputGradient', 'weightGradient'] as const;
type Pass = (typeof passes)[number];

/** A convolution of 3×3 over `images` maps of size × size. */
interface Shape {
  readonly images: number;
  readonly size: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

const square = (images: number, size: number, channels: number): Shape => ({
  images,
  size,
  inChannels: channels,
  outChannels: channels,
});

const shapes: readonly Shape[] = [
  { images: 8, size: 32, inChannels: 3, outChannels: 16 },
  square(8, 32, 16),
  square(8, 16, 32),
  square(8, 8, 64),
  square(1, 56, 64),
  square(1, 28, 128),
  square(2, 14, 256),
];

/** What one build's process prints, as JSON. */
interface Figures {
  readonly build: KernelBuild;
  readonly revectorised: boolean;
  /** GFLOP/s */
  readonly peak: number;
  /** GFLOP/s of each shape, algorithm and pass */
  readonly rates: readonly Readonly<Record<'direct' | 'winograd', Readonly<Record<Pass, number>> | undefined>>[];
}

function measureBuild(build: KernelBuild): Figures {
  const revectorised = build === 'revectorised' && requestRevectorization();
  const before = registerTilePeak(build);
  const rates = shapes.map(({ images, size, inChannels, outChannels }) => {
    const [one, three] = [
      [1, 1],
      [3, 3],
    ] as const;
    const map = { height: size, width: size, kernelSize: three, stride: one, padding: one, dilation: one };
    const shape = { ...map, inChannels, outChannels };
    const algorithms = convolutionAlgorithm(convolutionGeometry(shape));
    const direct = measure(build, shape, images, directAlgorithms);
    return {
      direct,
      winograd: algorithms.forward === 'winograd' ? measure(build, shape, images, algorithms) : undefined,
    };
  });
  return { build, revectorised, peak: Math.max(before, registerTilePeak(build)), rates };
}

/** GFLOP/s of the three passes of a convolution, each in its best round. */
function measure(
  build: KernelBuild,
  shape: ConvolutionShape,
  images: number,
  algorithms: ConvolutionAlgorithms,
): Record<Pass, number> {
  const geometry = convolutionGeometry(shape);
  const work = Workspace.create(64 << 20, build);
  const memory = allocateConvolution(work.kernels, geometry, images, 1, work.allocator, work.allocator, algorithms);
  const convolution = new Convolution(work.kernels, geometry, images, memory);
  const depth = shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels;
  const inputs = images * shape.height * shape.width * shape.inChannels;
  const outputs = images * geometry.outputHeight * geometry.outputWidth * shape.outChannels;
  const [x, dy] = [work.put(pseudoRandom(inputs, 1)), work.put(pseudoRandom(outputs, 2))];
  const weight = work.put(pseudoRandom(depth * shape.outChannels, 3));
  const [y, dx, dweight] = [work.floats(outputs), work.floats(inputs), work.floats(depth * shape.outChannels)];
  const operations = 2 * outputs * depth;
  convolution.packForward(weight);
  const forward = bestRate(operations, () => convolution.forward(x, 0, y, images));
  const weightGradient = bestRate(operations, () =>
    convolution.weightGradient([{ x, dy, images, merges: 0 }], dweight),
  );
  convolution.packInputGradient(weight);
  const inputGradient = bestRate(operations, () => convolution.inputGradient(dy, dx, images));
  return { forward, inputGradient, weightGradient };
}

function figuresOf(build: KernelBuild): Figures {
  const line = execFileSync(execPath, [import.meta.filename, '--measure', build], { encoding: 'utf8' });
  const figures: Figures = JSON.parse(line);
  return figures;
}

/** Prints the table, or with `json` a line a measurement and last `{"event":"done",…}`. */
export function run({ json }: { json: boolean }): void {
  const machine = `${cpus()[0]?.model.trim()}, Node.js ${version}, one thread`;
  const builds = kernelBuilds.map(figuresOf);
  const print = (text: string) => stdout.write(`${text}\n`);
  const table: string[][] = [
    ['', ...builds.map(({ build, revectorised }) => `${build}${revectorised ? ', AVX2' : ''}`)],
  ];
  const cell = (gigaflops: number, peak: number) => {
    return `${gigaflops.toFixed(0)} ${((100 * gigaflops) / peak).toFixed(0).padStart(4)} %`;
  };
  table.push(['peak of the register tile', ...builds.map(({ peak }) => cell(peak, peak))]);
  shapes.forEach((shape, i) => {
    for (const algorithm of ['direct', 'winograd'] as const) {
      for (const pass of passes) {
        const measured = builds.map(({ rates }) => rates[i]![algorithm]?.[pass]);
        if (measured.includes(undefined)) continue;
        const { images, size, inChannels, outChannels } = shape;
        const name = `${inChannels} to ${outChannels}, ${images} of ${size}x${size}, ${pass}, ${algorithm}`;
        table.push([name, ...builds.map(({ peak }, j) => cell(measured[j]!, peak))]);
        if (!json) continue;
        builds.forEach(({ build, peak }, j) => {
          const gigaflops = measured[j]!;
          const row = { event: 'kernel', pass, algorithm, ...shape, build, gigaflops, shareOfPeak: gigaflops / peak };
          print(JSON.stringify(row));
        });
      }
    }
  });
  if (json) {
    const peaks = Object.fromEntries(builds.map(({ build, peak }) => [build, peak]));
    print(JSON.stringify({ event: 'done', machine, peaks }));
    return;
  }
  print(`Convolution 3x3; GFLOP/s and share of the build's own peak. ${machine}.\n`);
  for (const [name, ...cells] of table) print(name!.padEnd(50) + cells.map((text) => text.padStart(22)).join(''));
}

if (import.meta.main) {
  const build = kernelBuilds.find((name) => argv[2] === '--measure' && name === argv[3]);
  if (build) stdout.write(JSON.stringify(measureBuild(build)));
  else run({ json: argv.includes('--json') });
}
