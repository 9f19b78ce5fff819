import { z } from 'zod';
import { placeholder, type ValueSchema } from './value-schema.ts';

/** An option of a command, as its flag, its help and its check need it. */
export interface Option {
  /** In the schema and in a configuration file: `limitTrain`. */
  readonly key: string;
  /** On the command line: `--limit-train`. */
  readonly flag: string;
  /** `N`, `NAME`, …; a switch has none. */
  readonly placeholder: string | undefined;
  readonly description: string;
  readonly schema: ValueSchema;
  readonly required: boolean;
  /** The value that the flag alone stands for, if it need not have one: `bare` in the schema's metadata. */
  readonly bare: string | undefined;
  /** As text, if there is one that is worth telling. */
  readonly default: string | undefined;
}

/** The options that a schema declares, in its order. */
export function optionsOf(schema: z.ZodObject): Option[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([key, property]) => {
    const value = typeof property === 'object' ? property : {};
    return {
      key,
      flag: flagOf(key),
      placeholder: value.type === 'boolean' ? undefined : placeholder(key, value),
      bare: typeof value.bare === 'string' ? value.bare : undefined,
      description: value.description ?? '',
      schema: value,
      required: required.includes(key),
      default: value.default === undefined || value.default === false ? undefined : defaultText(value.default),
    };
  });
}

/** `limitTrain` → `--limit-train`. */
export const flagOf = (key: string): string => `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Whether it is a switch that is on where nobody says anything, and so has a flag that turns it off. */
export const canBeTurnedOff = ({ placeholder, default: standard }: Option): boolean =>
  placeholder === undefined && standard === 'on';

/** The flag that turns a switch off: `--no-nesterov`. */
export const negativeFlag = ({ flag }: Option): string => flag.replace('--', '--no-');

const defaultText = (value: unknown): string =>
  value === true ? 'on' : Array.isArray(value) ? value.join(',') : String(value);
