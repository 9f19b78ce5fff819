import { TrainerError } from './errors.ts';

/**
 * The moments of a step at which a drill can make a worker fail: before each of its meetings, and after the last. `norms` only
 * comes where the step needs norms: for LARS, and where the gradient is clipped.
 */
export const faultPoints = ['batch', 'gradients', 'norms', 'update', 'commit'] as const;
export type FaultPoint = (typeof faultPoints)[number];

/**
 * A fault to be raised in a drill: in tests, or by the environment variable `LOCKSTEP_FAULT`, as JSON, for the command
 * line. It happens `times` times in all; a replayed step counts again.
 */
export interface Fault {
  readonly rank: number;
  readonly step: number;
  readonly at: FaultPoint;
  readonly kind: 'throw' | 'exit' | 'hang';
  readonly times: number;
}

/** A fault as it travels to the threads, with the number of times that are left in shared memory. */
export interface FaultData extends Fault {
  readonly left: Int32Array<SharedArrayBuffer>;
}

export function faultData(fault: Fault): FaultData {
  const left = new Int32Array(new SharedArrayBuffer(4));
  left[0] = fault.times;
  return { ...fault, left };
}

/** Fails if this is the moment. */
export function faultPoint(fault: FaultData | undefined, rank: number, step: number, at: FaultPoint): void {
  if (!fault || fault.rank !== rank || fault.step !== step || fault.at !== at) return;
  if (Atomics.sub(fault.left, 0, 1) <= 0) return;
  if (fault.kind === 'exit') process.exit(1);
  while (fault.kind === 'hang') {
    // What a drill of the watchdog needs: no meeting, no return.
  }
  throw new TrainerError('TRAINER_STOPPED', `fault drill: worker ${rank} fails at "${at}" of step ${step}`);
}
