import { type Fault, faultPoints, runFaultPoints } from '@lockstep/trainer';
import { z } from 'zod';
import { UsageError } from '../errors.ts';

const faultSchema: z.ZodType<Fault> = z
  .strictObject({
    rank: z.int().min(0).default(0),
    step: z.int().min(0),
    at: z.enum([...faultPoints, ...runFaultPoints]).default('gradients'),
    kind: z.enum(['throw', 'exit', 'hang', 'kill']).default('throw'),
    times: z.int().min(1).default(1),
    skip: z.int().min(0).optional(),
  })
  .refine(({ at, kind }) => kind === 'kill' || faultPoints.some((point) => point === at), {
    error: `only the kind "kill" goes with ${runFaultPoints.join(', ')}`,
    path: ['at'],
  });

/** The fault that a drill asks for by the environment variable `LOCKSTEP_FAULT`; undefined if it asks for none. */
export function faultOfEnvironment(text: string | undefined): Fault | undefined {
  if (text === undefined || text === '') return undefined;
  const fault = faultSchema.safeParse(parse(text));
  if (fault.success) return fault.data;
  throw new UsageError(
    `LOCKSTEP_FAULT: expected JSON such as {"rank":0,"step":3,"at":"gradients","kind":"throw","times":1}, got ${text}: ` +
      fault.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; '),
    { cause: fault.error },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema
  }
}
