import { augmentCommand } from './augment.ts';
import { benchLayersCommand } from './bench-layers.ts';
import { benchStepCommand } from './bench-step.ts';
import type { Command } from './command.ts';
import { dataFetch } from './data-fetch.ts';
import { dataInfo } from './data-info.ts';
import { dataList } from './data-list.ts';
import { dataPreview } from './data-preview.ts';
import { evaluate } from './eval.ts';
import { exportCommand } from './export.ts';
import { helpCommand } from './help.ts';
import { modelsCommand } from './models.ts';
import { predict } from './predict.ts';
import { summaryCommand } from './summary.ts';
import { train } from './train.ts';
import { verify } from './verify.ts';

const working: readonly Command[] = [
  train,
  evaluate,
  predict,
  exportCommand,
  augmentCommand,
  verify,
  dataList,
  dataFetch,
  dataInfo,
  dataPreview,
  modelsCommand,
  summaryCommand,
  benchStepCommand,
  benchLayersCommand,
];

/** All commands, in the order in which help lists them. */
export const commands: readonly Command[] = [...working, helpCommand(working)];
