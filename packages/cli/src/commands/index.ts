import { benchLayersCommand } from './bench-layers.ts';
import { benchStepCommand } from './bench-step.ts';
import type { Command } from './command.ts';
import { data } from './data.ts';
import { evaluate } from './eval.ts';
import { helpCommand } from './help.ts';
import { predict } from './predict.ts';
import { train } from './train.ts';
import { verify } from './verify.ts';

const working: readonly Command[] = [train, evaluate, predict, verify, data, benchStepCommand, benchLayersCommand];

/** All commands, in the order in which help lists them. */
export const commands: readonly Command[] = [...working, helpCommand(working)];
