import { expect, test } from 'vitest';
import { programName, quoted } from './program-name.ts';

test.each([
  [{ npm_lifecycle_event: 'train', npm_config_user_agent: 'pnpm/12.21.0 npm/? node/v26' }, 'npx -y pnpm@12 lockstep'],
  [{ npm_lifecycle_event: 'npx', npm_config_user_agent: 'npm/11.0.0 node/v26' }, 'npx lockstep'],
  [{ npm_lifecycle_event: 'test', npm_config_user_agent: 'pnpm/12.21.0' }, 'lockstep'],
  [{}, 'lockstep'],
])('started by %j', (environment, name) => {
  expect(programName(environment)).toBe(name);
});

test('a path that a shell would take apart is quoted', () => {
  expect(quoted('runs/2026-01-31-small-cnn')).toBe('runs/2026-01-31-small-cnn');
  expect(quoted("it's here")).toBe(`'it'\\''s here'`);
});
