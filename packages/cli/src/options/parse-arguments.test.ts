import { expect, test } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { parseArguments } from './parse-arguments.ts';

const schema = z.strictObject({
  epochs: z.int().min(1).default(8),
  lr: z.number().positive().default(0.1),
  limitTrain: z.int().min(1).optional(),
  workers: z.union([z.literal('auto'), z.int().min(1)]).default('auto'),
  nesterov: z.boolean().default(true),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
  name: z.string().min(1).optional(),
  freeze: z.array(z.string().min(1)).min(1).meta({ title: 'PATTERN,…' }).optional(),
  resume: z.string().min(1).optional().meta({ bare: 'latest' }),
});
const parse = (...argv: string[]) => {
  const { given, positionals } = parseArguments(argv, schema);
  return { ...Object.fromEntries(given), positionals };
};

test('what was typed, and no defaults', () => {
  expect(parse()).toEqual({ positionals: [] });
  expect(parse('a', '--epochs', '3', 'b', '--limit-train=7', '--lr', '1e-3', '--json')).toEqual({
    positionals: ['a', 'b'],
    epochs: 3,
    limitTrain: 7,
    lr: 0.001,
    json: true,
  });
  expect(parse('--workers', 'auto', '-h')).toEqual({ positionals: [], workers: 'auto', help: true });
  expect(parse('--workers', '2', '--no-nesterov')).toEqual({ positionals: [], workers: 2, nesterov: false });
  expect(parse('--nesterov')).toEqual({ positionals: [], nesterov: true });
  expect(parse('--name=--odd', '--', '--epochs')).toEqual({ positionals: ['--epochs'], name: '--odd' });
});

test('a flag that needs no value takes one all the same', () => {
  expect(parse('--resume')).toEqual({ positionals: [], resume: 'latest' });
  expect(parse('--resume', '--epochs', '3')).toEqual({ positionals: [], resume: 'latest', epochs: 3 });
  expect(parse('--resume', 'a', '--json')).toEqual({ positionals: [], resume: 'a', json: true });
  expect(parse('--resume=a', 'b')).toEqual({ positionals: ['b'], resume: 'a' });
  expect(parse('--', '--resume')).toEqual({ positionals: ['--resume'] });
});

test('a list may be given in parts', () => {
  expect(parse('--freeze', 'a.*,b', '--freeze', 'c')).toEqual({ positionals: [], freeze: ['a.*', 'b', 'c'] });
  expect(() => parse('--freeze', 'a,')).toThrow('--freeze: expected PATTERN,…, got "a,"');
});

test('the same twice is no contradiction', () => {
  expect(parse('--epochs', '3', '--epochs', '3')).toMatchObject({ epochs: 3 });
});

test.each([
  [['--epoch', '3'], 'there is no option --epoch; did you mean --epochs?'],
  [['--limitTrain', '3'], 'there is no option --limitTrain; did you mean --limit-train?'],
  [['--nestrov'], 'there is no option --nestrov; did you mean --nesterov?'],
  [['--no-nestrov'], 'there is no option --no-nestrov; did you mean --no-nesterov?'],
  [['--no-json'], 'there is no option --no-json; did you mean --json?'],
  [['-x'], 'there is no option -x; --help lists those that there are'],
  [['--__proto__', '3'], 'there is no option --__proto__; --help lists those that there are'],
  [['--epochs'], '--epochs: expected an integer of at least 1, got nothing'],
  [['--epochs', '--json'], '--epochs: expected an integer of at least 1, got --json'],
  [['--epochs='], '--epochs: expected an integer of at least 1, got ""'],
  [['--epochs', 'three'], '--epochs: expected an integer of at least 1, got "three"'],
  [['--epochs', '1.5'], '--epochs: expected an integer of at least 1, got "1.5"'],
  [['--epochs', '0'], '--epochs: expected an integer of at least 1, got "0"'],
  [['--lr', '-1'], '--lr: expected a number above 0, got "-1"'],
  [['--lr', '-.5'], '--lr: expected a number above 0, got "-.5"'],
  [['--workers', 'all'], '--workers: expected an integer of at least 1, or auto, got "all"'],
  [['--name', ''], '--name: expected a text, got ""'],
  [['--resume='], '--resume: expected a text, got ""'],
  [['--json=yes'], '--json: expected no value, got "yes"'],
  [['--epochs', '3', '--epochs', '4'], '--epochs: expected it once, got it twice: 3 and 4'],
  [['--nesterov', '--no-nesterov'], '--nesterov: expected it once, got it twice: --nesterov and --no-nesterov'],
])('%j is refused', (argv, message) => {
  expect(() => parse(...argv)).toThrow(new UsageError(message));
});
