import { z } from 'zod';
import { combined, type Step } from './combined.ts';
import { type JsonObject, type JsonValue, parseWith, type Transform } from './define.ts';
import type { Fill } from './fill.ts';

/** An operation that chance chose, with the numbers that it drew: `{ op: 'rotate', degrees: -9 }`. */
export interface DrawnOperation extends JsonObject {
  readonly op: string;
}

/** The operations that policies draw from, with parameters that do no more than make them valid. */
const templates: Readonly<Record<string, JsonObject>> = {
  autocontrast: {},
  brightness: { factor: 1 },
  color: { factor: 1 },
  contrast: { factor: 1 },
  equalize: {},
  invert: {},
  posterize: { bits: 8 },
  rotate: { degrees: 0 },
  sharpness: { factor: 1 },
  shear_x: { amount: 0 },
  shear_y: { amount: 0 },
  solarize: { threshold: 256 },
  translate_x: { pixels: 0 },
  translate_y: { pixels: 0 },
};

const geometric = new Set(['rotate', 'shear_x', 'shear_y', 'translate_x', 'translate_y']);

/** Does drawn operations, each by its transform, made at its first use. */
export class DrawnOperations {
  /** Checks an operation that comes from outside. @throws TransformError `TRANSFORM_PARAMETERS` */
  readonly schema: z.ZodType<DrawnOperation>;
  /** Does a list of them, one after the other. */
  readonly sequence: Transform;
  readonly #build: (spec: unknown) => Transform;
  readonly #resampling: { readonly resample: string; readonly fill: Fill };
  readonly #transforms = new Map<string, Transform>();

  /** @param resampling how the geometric ones resample */
  constructor(
    build: (spec: unknown) => Transform,
    { resample, fill }: { readonly resample: string; readonly fill: Fill },
  ) {
    this.#build = build;
    this.#resampling = { resample, fill };
    this.schema = z.looseObject({ op: z.enum(Object.keys(templates)) }).transform((value): DrawnOperation => {
      const { op, ...numbers } = value;
      const parsed = this.#transform(op).parseSampled(Object.keys(numbers).length > 0 ? numbers : null);
      return { op, ...(parsed as JsonObject | null) };
    });
    this.sequence = combined({
      spec: [],
      outputShape: (shape) => shape,
      sample: () => [],
      steps: (drawn) => (drawn as readonly DrawnOperation[]).map((one) => this.#step(one)),
      parseSampled: (value) => parseWith(z.array(this.schema), value, 'drawn operations'),
    });
  }

  #step({ op, ...numbers }: DrawnOperation): Step {
    const sampled: JsonValue = Object.keys(numbers).length > 0 ? numbers : null;
    return { transform: this.#transform(op), sampled };
  }

  #transform(op: string): Transform {
    let transform = this.#transforms.get(op);
    if (transform === undefined) {
      transform = this.#build({ op, ...templates[op], ...(geometric.has(op) && this.#resampling) });
      this.#transforms.set(op, transform);
    }
    return transform;
  }
}
