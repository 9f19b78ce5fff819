import { abiActivationCases, abiActivationRefusals } from './abi-activation-cases.ts';
import type { AbiCase, AbiRefusal } from './abi-case.ts';
import { abiConvolutionCases } from './abi-convolution-cases.ts';
import { abiJpegCases, abiJpegRefusals } from './abi-jpeg-cases.ts';
import { abiLossCases, abiLossRefusals } from './abi-loss-cases.ts';
import { abiNormCases, abiNormRefusals } from './abi-norm-cases.ts';
import { abiPictureCases, abiPictureRefusals } from './abi-picture-cases.ts';
import { abiPoolCases, abiPoolRefusals } from './abi-pool-cases.ts';
import { abiTensorCases, abiTensorRefusals } from './abi-tensor-cases.ts';
import { abiUpdateCases, abiUpdateRefusals } from './abi-update-cases.ts';

/** Calls of all exports of the module. */
export const abiCases: readonly AbiCase[] = [
  ...abiActivationCases,
  ...abiTensorCases,
  ...abiPoolCases,
  ...abiNormCases,
  ...abiLossCases,
  ...abiUpdateCases,
  ...abiConvolutionCases,
  ...abiPictureCases,
  ...abiJpegCases,
];

export const abiRefusals: readonly AbiRefusal[] = [
  ...abiActivationRefusals,
  ...abiTensorRefusals,
  ...abiPoolRefusals,
  ...abiNormRefusals,
  ...abiLossRefusals,
  ...abiUpdateRefusals,
  ...abiPictureRefusals,
  ...abiJpegRefusals,
];
