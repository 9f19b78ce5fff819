/**
 * What a person has to type to run `lockstep` again, from what pnpm and npm tell of how this process was started: the
 * commands that a summary advises are meant to be copied.
 */
export function programName(environment: NodeJS.ProcessEnv = process.env): string {
  const { npm_lifecycle_event: script, npm_config_user_agent: agent = '' } = environment;
  const pnpm = /^pnpm\/(\d+)/.exec(agent);
  if (pnpm && (script === 'train' || script === 'lockstep')) return `npx -y pnpm@${pnpm[1]} lockstep`;
  if (script === 'npx') return 'npx lockstep';
  return 'lockstep';
}

/** A path as an argument in a shell. */
export const quoted = (path: string): string =>
  /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
