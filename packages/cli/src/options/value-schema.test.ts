import { expect, test } from 'vitest';
import { z } from 'zod';
import { expectation, placeholder, readValue, type ValueSchema } from './value-schema.ts';

const schemaOf = (type: z.ZodType): ValueSchema => z.toJSONSchema(type, { io: 'input' });
const words = z.union([z.enum(['a', 'b']), z.array(z.number())]);
const auto = z.union([z.literal('auto'), z.int().min(1)]);

test.each([
  [z.int().min(1), 'N', 'an integer of at least 1'],
  [z.int(), 'N', 'an integer'],
  [z.int().min(0).max(255), 'N', 'an integer of at least 0 and of at most 255'],
  [z.number().positive(), 'X', 'a number above 0'],
  [z.number().min(0).lt(1), 'X', 'a number of at least 0 and below 1'],
  [z.string(), 'NAME', 'a text'],
  [z.boolean(), 'NAME', 'true or false'],
  [z.enum(['a', 'b', 'c']), 'a|b|c', 'a, b or c'],
  [z.enum(['sgd']), 'sgd', 'sgd'],
  [auto, 'N|auto', 'an integer of at least 1, or auto'],
  [z.array(z.int().min(1)), 'N,N,…', 'a list, each an integer of at least 1, with commas between'],
  [words, 'N,N,…|a|b', 'a list, each a number, with commas between, or a or b'],
])('a type is named in usage and in messages: %#', (type, short, long) => {
  expect(placeholder('key', schemaOf(type))).toBe(short);
  expect(expectation(schemaOf(type))).toBe(long);
});

test.each([
  [z.int(), '3', 3],
  [z.number(), '-1e-3', -0.001],
  [z.number(), '.5', 0.5],
  [auto, 'auto', 'auto'],
  [auto, '4', 4],
  [z.string(), '4', '4'],
  [z.array(z.int()), '1, 2,3', [1, 2, 3]],
  [words, '1,2.5', [1, 2.5]],
  [words, 'a', 'a'],
  // No number that a person means: left as they are, for the schema to refuse.
  [z.int(), '', ''],
  [z.int(), '12abc', '12abc'],
  [z.int(), '0x10', '0x10'],
  [z.number(), 'Infinity', 'Infinity'],
  [z.array(z.int()), '1,,2', [1, '', 2]],
])('%# reads %j as %j', (type, text, value) => {
  expect(readValue(schemaOf(type), text)).toEqual(value);
});
