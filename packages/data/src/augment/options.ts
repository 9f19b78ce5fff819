import { z } from 'zod';

/** Options of `augmentFolder`, and of `lockstep augment`. */
export const augmentFolderOptionsSchema = z.strictObject({
  out: z.string().min(1).describe('folder for the results; made where there is none'),
  policy: z
    .string()
    .min(1)
    .default('trivial-augment-wide')
    .describe('name of a policy, several with + between, or a file with transforms (.json, .yaml)'),
  copies: z.int().min(1).max(10_000).default(1).describe('results of each picture'),
  seed: z.int().min(0).max(0xffffffff).default(0).describe('the same seed gives the same results'),
  format: z.enum(['png', 'jpeg']).default('png').describe('of the results; png keeps every byte'),
  onBroken: z
    .enum(['error', 'skip'])
    .default('error')
    .describe('a picture that cannot be read ends the run, or is left out and counted'),
  mixingSet: z.string().min(1).optional().describe('folder of pictures that PixMix mixes in, in the place of fractals'),
  preview: z.string().min(1).optional().describe('write a contact sheet to this file, PNG: originals beside results'),
  manifest: z.string().min(1).optional().describe('write to this file what was done to each picture, JSON lines'),
});

export type AugmentFolderOptions = z.input<typeof augmentFolderOptionsSchema>;
