/**
 * Each operation on a picture in RGB of 32², 224² and 512², one thread, beside Pillow's, torchvision's (on tensors of bytes),
 * sharp's and jimp's where they have it; then what a training sample of 28×28 goes through, and a list of operations.
 *
 * Rounds in turns, so that what else happens on the machine meets all; in each the best of some bursts; the medians of the rounds.
 * Ours includes the copies to and from the memory of the kernels; `there` is with the picture in that memory already, as Pillow's
 * is in Pillow's, and the result outside of it. Pillow and torchvision are Debian's (python3-pil, python3-torchvision); jimp is
 * installed into a folder that is removed at the end.
 *
 * V8 is asked for AVX2 code, as the command does; not so with `--kernels default`, as who never asks for it has the library.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { type Image, withKernelMemory } from '@lockstep/data';
import { requestRevectorization } from '@lockstep/kernels';
import { microseconds } from './augment/measure.ts';
import { operations, picture } from './augment/operations.ts';
import { Peer } from './augment/peer.ts';
import { samples } from './augment/samples.ts';
import { installPeer } from './install-peer.ts';
import { median } from './median.ts';

const sizes = [32, 224, 512];
const script = (name: string): string => join(import.meta.dirname, 'peers', name);

/** The peers that are here, for pictures of a size. */
async function startPeers(size: number, jimpFolder: string | undefined): Promise<Peer[]> {
  const python = '/usr/bin/python3';
  const javascript = script('javascript-augment.ts');
  const started = [
    await Peer.start('Pillow', python, [script('pillow_augment.py'), size]),
    await Peer.start('torchvision', python, [script('torchvision_augment.py'), size]),
    await Peer.start('sharp', execPath, [javascript, 'sharp', size]),
    jimpFolder === undefined ? undefined : await Peer.start('jimp', execPath, [javascript, 'jimp', size, jimpFolder]),
  ];
  return started.filter((peer) => peer !== undefined);
}

/** Microseconds of an operation where the picture is in the kernels' memory. */
function microsecondsThere(op: string, image: Image): number {
  return withKernelMemory([image.data.length], ([data]) => {
    data!.set(image.data);
    return microseconds(operations({ ...image, data: data! })[op]!);
  });
}

/** The median of an operation's rounds, ours first, and then each peer's that has it. */
async function measureOperation(
  op: string,
  image: Image,
  peers: readonly Peer[],
  rounds: number,
): Promise<{ ours: number; there: number; theirs: Map<Peer, number> }> {
  const having = peers.filter(({ operations }) => operations.has(op));
  const call = operations(image)[op]!;
  const ours: number[] = [];
  const there: number[] = [];
  const theirs = having.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    ours.push(microseconds(call));
    there.push(microsecondsThere(op, image));
    for (const [i, peer] of having.entries()) theirs[i]!.push(await peer.measure(op));
  }
  return {
    ours: median(ours),
    there: median(there),
    theirs: new Map(having.map((peer, i) => [peer, median(theirs[i]!)])),
  };
}

type Print = (line: Readonly<Record<string, string | number>>, text: string) => void;

async function measureSize(size: number, peers: readonly Peer[], rounds: number, print: Print): Promise<void> {
  const columns = peers.map(({ name }) => `${name} µs`.padStart(15) + 'ratio'.padStart(8));
  print({ size, ...Object.fromEntries(peers.map(({ name, version }) => [name.toLowerCase(), version])) }, `${`${size}x${size}x3`.padEnd(16)}${'µs'.padStart(9)}${'there µs'.padStart(10)}${'images/s'.padStart(10)}${columns.join('')}`); // biome-ignore format: one line
  const ratios = new Map(
    peers.map((peer): [Peer, { given: number[]; there: number[] }] => [peer, { given: [], there: [] }]),
  );
  const image = picture(size);
  for (const op of Object.keys(operations(image))) {
    const { ours, there, theirs } = await measureOperation(op, image, peers, rounds);
    const line: Record<string, string | number> = {
      size,
      op,
      microseconds: ours,
      thereMicroseconds: there,
      imagesPerSecond: 1e6 / ours,
    };
    let text = `${op.padEnd(16)}${ours.toFixed(1).padStart(9)}${there.toFixed(1).padStart(10)}${(1e6 / ours).toFixed(0).padStart(10)}`;
    for (const peer of peers) {
      const time = theirs.get(peer);
      if (time === undefined) {
        text += ' '.repeat(23);
        continue;
      }
      ratios.get(peer)!.given.push(time / ours);
      ratios.get(peer)!.there.push(time / there);
      Object.assign(line, {
        [`${peer.name.toLowerCase()}Microseconds`]: time,
        [`${peer.name.toLowerCase()}Ratio`]: time / ours,
      });
      text += `${time.toFixed(1).padStart(15)}${`${(time / ours).toFixed(2)}x`.padStart(8)}`;
    }
    print(line, text);
  }
  for (const [{ name }, { given, there }] of ratios) {
    const text = `ratio to ${name}: ${described(given)}, over ${given.length} operations; with the picture there: ${described(there)}`;
    const figures = { medianRatio: median(given), leastRatio: Math.min(...given), leastThereRatio: Math.min(...there) };
    print({ size, peer: name.toLowerCase(), ...figures, medianThereRatio: median(there) }, text);
  }
}

const described = (ratios: readonly number[]): string =>
  `median ${median(ratios).toFixed(2)}x, least ${Math.min(...ratios).toFixed(2)}x`;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      size: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      kernels: { type: 'string', default: 'auto' },
    },
  });
  // As the command does, on its first line: before any kernel is compiled.
  if (values.kernels !== 'default') requestRevectorization();
  const print: Print = (line, text) => {
    stdout.write(`${values.json ? JSON.stringify({ event: 'augment', ...line }) : text}\n`);
  };
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-peers-'));
  try {
    const jimpFolder = installPeer('jimp@1.6.1', folder) ? folder : undefined;
    for (const size of values.size === undefined ? sizes : [Number(values.size)]) {
      const peers = await startPeers(size, jimpFolder);
      try {
        await measureSize(size, peers, Number(values.rounds), print);
      } finally {
        for (const peer of peers) peer.stop();
      }
      if (!values.json) stdout.write('\n');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const [name, call] of Object.entries(samples())) {
    const time = microseconds(call);
    print({ name, microseconds: time }, `${name.padEnd(40)} ${time.toFixed(2)} µs`);
  }
}
