import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { durationMs } from '../refresh/model/duration';
import { OUTCOMES } from '../refresh/model/outcome';
import type { RefreshPolicyInput } from '../refresh/model/policy';
import { resolvePolicy } from '../refresh/input/parse-policy';

/** Optional, and absent rather than `undefined`, as `RefreshPolicyInput` has it. */
const maybe = <S extends z.ZodType>(schema: S) => z.exactOptional(schema);

const A_DURATION = 'a duration with its unit, such as "90s", "15m" or "3h"';
const duration = z.string({ error: A_DURATION }).refine((text) => durationMs(text) !== null, A_DURATION);
const factor = z.number({ error: 'a number, 1 or more' }).min(1, 'a number, 1 or more');
const count = (least: number) => {
  const expected = `a whole number, ${least} or more`;
  return z.int({ error: expected }).min(least, expected);
};

const providerRule = z.strictObject({
  forcedRefreshEvery: duration,
  after: z.literal('any_aggregation', { error: '"any_aggregation"' }),
});

const policySchema = z
  .strictObject({
    clockTolerance: maybe(duration),
    settle: maybe(duration),
    completionWait: maybe(duration),
    poll: maybe(z.strictObject({ first: maybe(duration), factor: maybe(factor), maximum: maybe(duration) })),
    unknownAnswerWait: maybe(duration),
    repairedWait: maybe(duration),
    serverErrorRetries: maybe(count(0)),
    serverErrorBackoff: maybe(
      z.strictObject({ initial: maybe(duration), factor: maybe(factor), maximum: maybe(duration) }),
    ),
    statusChangeWait: maybe(duration),
    defaultRateLimitWindow: maybe(duration),
    rateLimitFloor: maybe(duration),
    rateLimitCeiling: maybe(duration),
    maxRateLimitWaits: maybe(count(0)),
    maxCharges: maybe(count(1)),
    giveUpAfter: maybe(duration),
    deliverOutcomes: maybe(z.array(z.enum(OUTCOMES, { error: `one of ${OUTCOMES.join(', ')}` }))),
    providers: maybe(z.record(z.string().min(1), providerRule)),
  } satisfies Record<keyof RefreshPolicyInput, z.ZodType>)
  .readonly();

/** Either the policy, or every way in which the text is none. */
export type PolicyReading =
  { readonly policy: RefreshPolicyInput } | { readonly problems: readonly string[] };

/**
 * Reads `REFRESH_POLICY`: a JSON object, or the path of a file that holds one. Unknown fields are refused: a
 * misspelt limit must not go unnoticed. Never throws.
 */
export function readPolicy(text: string): PolicyReading {
  const inline = text.trimStart().startsWith('{');
  let json: unknown;
  try {
    json = JSON.parse(inline ? text : readFileSync(text, 'utf8'));
  } catch (error) {
    return {
      problems: [
        `REFRESH_POLICY: expected a JSON object or the path of a file that holds one: ${messageOf(error)}`,
      ],
    };
  }
  const parsed = policySchema.safeParse(json);
  if (!parsed.success) return { problems: parsed.error.issues.map((issue) => describe(issue, json)) };
  try {
    // The core has the last word: it knows which values do not go together.
    resolvePolicy(parsed.data);
    return { policy: parsed.data };
  } catch (error) {
    return { problems: [`REFRESH_POLICY: ${messageOf(error)}`] };
  }
}

function messageOf(error: unknown): string {
  return String(Reflect.get(Object(error), 'message'));
}

function describe(issue: z.core.$ZodIssue, json: unknown): string {
  const at = ['REFRESH_POLICY', ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') return `${at}: has no field ${issue.keys.join(', ')}`;
  const received = issue.path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), json);
  const expected = issue.code === 'invalid_type' && issue.expected === 'object' ? 'an object' : issue.message;
  return `${at}: expected ${expected}, received ${JSON.stringify(received)}`;
}
