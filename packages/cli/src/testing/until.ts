import { readFile, watch } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Waits until a file's text satisfies a condition, as it is written. The signal ends the waiting, with an error. */
export async function untilFile(
  path: string,
  condition: (text: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const changes = watch(dirname(path), { signal }); // the file itself may not be there yet
  const read = async (): Promise<boolean> => condition(await readFile(path, 'utf8').catch(() => ''));
  if (await read()) return;
  for await (const _ of changes) if (await read()) return;
}

/** Waits until what a stream has said satisfies a condition. */
export function untilSaid(stream: NodeJS.ReadableStream, condition: (text: string) => boolean): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (more: string) => {
      text += more;
      if (condition(text)) resolve();
    });
    stream.on('close', () => reject(new Error(`it ended before what was waited for; it said ${text}`)));
  });
}
