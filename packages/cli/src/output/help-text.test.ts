import { expect, test } from 'vitest';
import { commands } from '../commands/index.ts';
import { canBeTurnedOff, negativeFlag, optionsOf } from '../options/option.ts';
import { commandHelp, overview } from './help-text.ts';

test('the overview lists every command', () => {
  const text = overview(commands, 'lockstep', 80);
  for (const { name, summary } of commands) expect(text).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
  expect(text).toContain('Usage: lockstep COMMAND [options]');
});

test.each(commands.map((command) => [command.name, command] as const))(
  'the help of %s has every option, its default, and an example',
  (name, command) => {
    const text = commandHelp(command, 'lockstep', 80);
    expect(text).toMatch(new RegExp(`^Usage: lockstep ${name}`));
    expect(text).toMatch(/^Examples?:\n {2}# .+\n {2}lockstep /m);
    for (const option of optionsOf(command.options)) {
      const at = text.indexOf(`\n  ${option.flag}`);
      expect(at, option.flag).toBeGreaterThan(0);
      if (option.default !== undefined) {
        expect(text.slice(at).replaceAll(/\s+/g, ' ')).toContain(`(default: ${option.default})`);
      }
      if (canBeTurnedOff(option)) expect(text).toContain(negativeFlag(option));
    }
    for (const flag of ['--json', '--debug', '--help']) expect(text).toContain(flag);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  },
);
