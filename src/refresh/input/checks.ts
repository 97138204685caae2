import { anyDurationMs, durationMs } from '../model/duration';
import { isInstant } from '../model/instant';
import type { InputProblem } from './invalid-request';

/** Every way in which a value is not what `field` takes; none when it is right. */
export type Check = (value: unknown, field: string) => readonly InputProblem[];

/** A check that a value passes or fails as a whole. */
export function expect(expected: string, holds: (value: unknown) => boolean): Check {
  return (value, field) => (holds(value) ? [] : [{ field, expected, received: value }]);
}

/** An object with these fields and no others; each may be left out. */
export function fields(checks: Readonly<Record<string, Check>>): Check {
  return (value, field) => {
    if (!isObject(value)) return [{ field, expected: 'an object', received: value }];
    return Object.entries(value).flatMap(([name, item]) => {
      if (item === undefined) return [];
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
      if (check !== undefined) return check(item, `${field}.${name}`);
      return [{ field, expected: `only the fields ${Object.keys(checks).join(', ')}`, received: name }];
    });
  };
}

/** The same, of which the `required` ones may not be left out. */
export function fieldsWith(required: readonly string[], checks: Readonly<Record<string, Check>>): Check {
  return (value, field) => [
    ...fields(checks)(value, field),
    ...required.flatMap((name) =>
      isObject(value) && value[name] === undefined
        ? (checks[name]?.(undefined, `${field}.${name}`) ?? [])
        : [],
    ),
  ];
}

/** An object of which these fields are checked, where they are there: another build may know more. */
export function knownFields(checks: Readonly<Record<string, Check>>): Check {
  return (value, field) => {
    if (!isObject(value)) return [{ field, expected: 'an object', received: value }];
    return Object.entries(checks).flatMap(([name, check]) =>
      value[name] === undefined ? [] : check(value[name], `${field}.${name}`),
    );
  };
}

export function listOf(check: Check): Check {
  return (value, field) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => check(item, `${field}[${index}]`))
      : [{ field, expected: 'a list', received: value }];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const lengthMs = (value: unknown): number | null => (typeof value === 'string' ? anyDurationMs(value) : null);

export const duration: Check = (value, field) => {
  const written = 'a duration with its unit, such as "90s", "15m" or "3h"';
  const expected = lengthMs(value) === null ? written : 'a duration from 0 to 100 years';
  return typeof value === 'string' && durationMs(value) !== null
    ? []
    : [{ field, expected, received: value }];
};

/** A duration, and one that holds: its milliseconds are as long as `expected` says. */
export const durationThat =
  (expected: string, holds: (ms: number) => boolean): Check =>
  (value, field) => {
    const ms = lengthMs(value);
    return ms === null || holds(ms) ? duration(value, field) : [{ field, expected, received: value }];
  };

export const instant = expect(
  'an RFC 3339 instant with its time zone, such as "2026-03-01T12:00:00Z"',
  isInstant,
);

export const count = (least: number): Check =>
  expect(
    `a whole number, ${least} or more`,
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= least,
  );

export const oneOf = (...known: readonly string[]): Check =>
  expect(known.map((item) => `"${item}"`).join(' or '), (value) => known.some((item) => item === value));
