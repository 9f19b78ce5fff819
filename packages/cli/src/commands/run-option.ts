import { z } from 'zod';

/** The run that a command is about. */
export const runOption = z.string().min(1).describe('folder of the run, as "train" made it');
