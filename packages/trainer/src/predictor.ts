import { Executor, Generator, planReplica, SoloCollective, writeState } from '@lockstep/core';
import {
  createTransform,
  type DecodeOptions,
  decodeImage,
  type Image,
  normalisationTable,
  type Transform,
  withoutChance,
} from '@lockstep/data';
import { createMemory, Kernels, probeKernels, softmax } from '@lockstep/kernels';
import { pictureShape, readConfig, readModel } from './run-folder.ts';

/** For transforms that draw nothing that matters. */
const noChance = new Generator({ seed: 0, purpose: 'augmentation' });

/** What a network says of a picture. */
export interface Prediction {
  readonly class: string;
  /** Of that class, in [0, 1]. */
  readonly probability: number;
  /** Of every class, in the order of the classes. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/**
 * Classifies pictures with the weights of a run, one at a time, in this thread.
 *
 * ```ts
 * const predictor = await Predictor.load('runs/2026-01-31-small-cnn-mnist');
 * console.log((await predictor.predictFile('digit.png')).class);
 * ```
 */
export class Predictor {
  readonly classes: readonly string[];
  /** Of the pictures that it learnt from, before the augmentation; files are brought to it, as those were. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly #kernels: Kernels;
  readonly #executor: Executor;
  readonly #decoding: DecodeOptions;
  /** What gives pictures the shape that the network reads. */
  readonly #transform: Transform;
  readonly #table: Float32Array;
  readonly #probabilities: number;
  readonly #tensors: { readonly input: string; readonly output: string };

  /**
   * @param runDir a folder that `lockstep train` made
   * @param onWarning told of the code of a layer that has changed since the run began
   * @throws TrainerError if it holds no trained network
   */
  static async load(runDir: string, onWarning?: (message: string) => void): Promise<Predictor> {
    const config = await readConfig(runDir, onWarning);
    const model = await readModel(runDir);
    return new Predictor(config, model);
  }

  private constructor(config: Awaited<ReturnType<typeof readConfig>>, model: Awaited<ReturnType<typeof readModel>>) {
    const { graph, algorithms, augment, normalisation } = config.recipe;
    const { module } = probeKernels(config.options.kernels === 'strict' ? 'strict' : 'default');
    const options = { graph, algorithms, batch: 1, shards: 1, workers: 1, stateVectors: 0, reductionBytes: 0 };
    const plan = planReplica(options, new Kernels(module, createMemory(0)));
    this.classes = config.classes;
    const shape = pictureShape(config);
    ({ height: this.height, width: this.width, channels: this.channels } = shape);
    const { fit, background } = config.pictures ?? {};
    this.#decoding = { ...shape, fit, background, limitInputPixels: config.options.limitInputPixels };
    this.#transform = createTransform(withoutChance(augment));
    this.#tensors = { input: graph.inputs[0]!.name, output: graph.outputs[0]! };
    this.#probabilities = Math.ceil(plan.bytes / 64) * 64;
    this.#kernels = new Kernels(module, createMemory(this.#probabilities + this.classes.length * 4));
    this.#table = normalisationTable(normalisation);
    const floats = (pointer: number, count: number) => this.#kernels.f32.subarray(pointer / 4, pointer / 4 + count);
    writeState(
      plan.state,
      model,
      floats(plan.parameters[0], plan.state.parameterFloats),
      floats(plan.buffers[0], plan.state.bufferFloats),
    );
    this.#executor = new Executor(this.#kernels, plan, new SoloCollective(1));
  }

  /** @throws DataError that names the file if it cannot be read or is no picture. */
  async predictFile(path: string): Promise<Prediction> {
    return this.predict(await decodeImage(path, this.#decoding));
  }

  /** @param image of {@link height}, {@link width} and {@link channels} */
  predict(image: Image): Prediction {
    const expected = [this.height, this.width, this.channels].join('x');
    const got = [image.height, image.width, image.channels].join('x');
    if (got !== expected) throw new RangeError(`Predictor: expected a picture of ${expected}, got ${got}`);
    // Nothing of it is left to chance.
    const { data, channels } = this.#transform.apply(image, this.#transform.sample(noChance, image));
    const shard = this.#executor.shards[0]!;
    this.#executor.beginBatch(1, 0);
    const input = this.#executor.tensor(shard, this.#tensors.input) / 4;
    data.forEach((value, i) => {
      this.#kernels.f32[input + i] = this.#table[(i % channels) * 256 + value]!;
    });
    this.#kernels.i32[this.#executor.results(shard).labels / 4] = 0; // there is none; the loss is not looked at
    this.#executor.evaluate();
    const logits = this.#executor.tensor(shard, this.#tensors.output);
    softmax(this.#kernels, logits, this.#probabilities, 1, this.classes.length);
    const first = this.#probabilities / 4;
    const values = this.#kernels.f32.slice(first, first + this.classes.length);
    const best = values.indexOf(Math.max(...values));
    return {
      class: this.classes[best]!,
      probability: values[best]!,
      probabilities: Object.fromEntries(this.classes.map((name, i) => [name, values[i]!])),
    };
  }
}
