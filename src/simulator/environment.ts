import { z } from 'zod';
import { digitsAsNumber } from '../lib/digits';
import { OperatorError } from '../lib/run-main';
import type { SimulatorOptions } from './simulator';
import { webhookUrl } from './state/profiles';

const word = z.string().min(1);

/** Each option, described in the words of the message that ends the program. */
const schema = z.object({
  host: word.default('127.0.0.1').describe('an address to listen on'),
  port: z
    .preprocess(digitsAsNumber, z.number().min(0).max(65_535))
    .default(4010)
    .describe('a port, 0 to 65535'),
  apiKey: word.exactOptional().describe('the key to demand'),
  webhookUrl: webhookUrl.exactOptional().describe('an http or https URL'),
  webhookSecret: word
    .transform((list) => list.split(',')[0]?.trim())
    .pipe(word)
    .exactOptional()
    .describe('secrets separated by commas, the signing one first'),
  timeScale: z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(z.number().positive().max(10))
    .exactOptional()
    .describe('a factor above 0, at most 10'),
  seed: z.preprocess(digitsAsNumber, z.uint32()).exactOptional().describe('a whole number'),
});
type Option = keyof typeof schema.shape;

const VARIABLES: Readonly<Record<Option, string>> = {
  host: 'HOST',
  port: 'PORT',
  apiKey: 'MELD_API_KEY',
  webhookUrl: 'MELD_WEBHOOK_URL',
  webhookSecret: 'MELD_WEBHOOK_SECRETS',
  timeScale: 'SIMULATOR_TIME_SCALE',
  seed: 'SIMULATOR_SEED',
};

/**
 * The simulator's options from environment variables; an empty one counts as absent.
 * @throws OperatorError with one message that names every wrong variable. It repeats no value: some are secret.
 */
export function optionsFromEnvironment(env: Readonly<Record<string, string | undefined>>): SimulatorOptions {
  const given = Object.entries(VARIABLES).flatMap(([option, name]) =>
    env[name] ? [[option, env[name]]] : [],
  );
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const wrong = new Set(parsed.error.issues.map(({ path }) => path[0] as Option));
  const lines = [...wrong].map(
    (option) => `${VARIABLES[option]}: expected ${schema.shape[option].description ?? ''}`,
  );
  throw new OperatorError(`The simulator cannot start. ${lines.join('; ')}.`);
}
