import { TrainerError } from './errors.ts';

/**
 * The moments of a step at which a drill can make a worker fail: before each of its meetings, and after the last. `statistics`
 * comes before each meeting of a batch norm, forward and backward; `norms` only where the step needs norms: for LARS, and where the
 * gradient is clipped.
 */
export const faultPoints = ['batch', 'statistics', 'gradients', 'norms', 'update', 'commit'] as const;
export type FaultPoint = (typeof faultPoints)[number];

/**
 * The moments of a run, between its steps, at which a drill can end the process: when some steps have been told of; after an
 * evaluation, before it is told of; before the weights are written; and, for a checkpoint, before it is written, half-way, before
 * and after it gets its name, and when older ones have been removed.
 */
export const runFaultPoints = ['steps', 'epoch', 'model', 'write', 'half', 'rename', 'prune', 'saved'] as const;
export type RunFaultPoint = (typeof runFaultPoints)[number];

/**
 * A fault to be raised in a drill: in tests, or by the environment variable `LOCKSTEP_FAULT`, as JSON, for the command
 * line. It happens `times` times in all; a replayed step counts again.
 */
export interface Fault {
  readonly rank: number;
  readonly step: number;
  /** A moment of the run only goes with `kill`, in whose case it is the first one at or after the step. */
  readonly at: FaultPoint | RunFaultPoint;
  /** `kill` is SIGKILL to the whole process, as of the kernel that runs out of memory. */
  readonly kind: 'throw' | 'exit' | 'hang' | 'kill';
  readonly times: number;
  /** How often the moment passes before, as `statistics` does in a step. Default: 0. */
  readonly skip?: number | undefined;
}

/** A fault as it travels to the threads, with the number of times that are left in shared memory, those to skip included. */
export interface FaultData extends Fault {
  readonly left: Int32Array<SharedArrayBuffer>;
}

export function faultData(fault: Fault): FaultData {
  const left = new Int32Array(new SharedArrayBuffer(4));
  left[0] = (fault.skip ?? 0) + fault.times;
  return { ...fault, left };
}

/** Fails if this is the moment. */
export function faultPoint(fault: FaultData | undefined, rank: number, step: number, at: FaultPoint): void {
  if (!fault || fault.rank !== rank || fault.step !== step || fault.at !== at) return;
  const left = Atomics.sub(fault.left, 0, 1);
  if (left <= 0 || left > fault.times) return;
  if (fault.kind === 'kill') process.kill(process.pid, 'SIGKILL');
  if (fault.kind === 'exit') process.exit(1);
  while (fault.kind === 'hang' || fault.kind === 'kill') {
    // What a drill of the watchdog needs: no meeting, no return. Nor may a step go on while the signal is on its way.
  }
  throw new TrainerError('TRAINER_STOPPED', `fault drill: worker ${rank} fails at "${at}" of step ${step}`);
}

/** Ends the process if this is the moment. */
export function runFaultPoint(fault: Fault | undefined, step: number, at: RunFaultPoint): void {
  if (fault?.kind === 'kill' && fault.at === at && step >= fault.step) process.kill(process.pid, 'SIGKILL');
}
