import { z } from 'zod';
import { OperatorError } from '../lib/run-main';
import { webhookUrl } from './state/profiles';
import type { SimulatorOptions } from './simulator';

const word = z.string().min(1);

/** What each variable must be, in the words of the message that ends the program. */
const VARIABLES = {
  HOST: { schema: word.default('127.0.0.1'), expected: 'an address to listen on' },
  PORT: { schema: z.coerce.number().int().min(0).max(65_535).default(4010), expected: 'a port, 0 to 65535' },
  MELD_API_KEY: { schema: word.optional(), expected: 'the key to demand' },
  MELD_WEBHOOK_URL: { schema: webhookUrl.optional(), expected: 'an http or https URL' },
  MELD_WEBHOOK_SECRETS: {
    schema: word
      .transform((list) => list.split(',')[0]?.trim())
      .pipe(word)
      .optional(),
    expected: 'secrets separated by commas, the signing one first',
  },
  SIMULATOR_TIME_SCALE: {
    schema: z.coerce.number().positive().max(10).optional(),
    expected: 'a factor above 0, at most 10',
  },
  SIMULATOR_SEED: {
    schema: z.coerce
      .number()
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .optional(),
    expected: 'a whole number',
  },
} as const;

const environment = z.object({
  HOST: VARIABLES.HOST.schema,
  PORT: VARIABLES.PORT.schema,
  MELD_API_KEY: VARIABLES.MELD_API_KEY.schema,
  MELD_WEBHOOK_URL: VARIABLES.MELD_WEBHOOK_URL.schema,
  MELD_WEBHOOK_SECRETS: VARIABLES.MELD_WEBHOOK_SECRETS.schema,
  SIMULATOR_TIME_SCALE: VARIABLES.SIMULATOR_TIME_SCALE.schema,
  SIMULATOR_SEED: VARIABLES.SIMULATOR_SEED.schema,
});

/**
 * The simulator's options from environment variables; an empty one counts as absent.
 * @throws OperatorError with one message that names every wrong variable. It repeats no value: some are secret.
 */
export function optionsFromEnvironment(env: Readonly<Record<string, string | undefined>>): SimulatorOptions {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const wrong = new Set(parsed.error.issues.map(({ path }) => String(path[0])));
    const lines = Object.entries(VARIABLES)
      .filter(([name]) => wrong.has(name))
      .map(([name, { expected }]) => `${name}: expected ${expected}`);
    throw new OperatorError(`The simulator cannot start. ${lines.join('; ')}.`);
  }
  const {
    HOST,
    PORT,
    MELD_API_KEY,
    MELD_WEBHOOK_URL,
    MELD_WEBHOOK_SECRETS,
    SIMULATOR_TIME_SCALE,
    SIMULATOR_SEED,
  } = parsed.data;
  return {
    host: HOST,
    port: PORT,
    ...(MELD_API_KEY !== undefined && { apiKey: MELD_API_KEY }),
    ...(MELD_WEBHOOK_URL !== undefined && { webhookUrl: MELD_WEBHOOK_URL }),
    ...(MELD_WEBHOOK_SECRETS !== undefined && { webhookSecret: MELD_WEBHOOK_SECRETS }),
    ...(SIMULATOR_TIME_SCALE !== undefined && { timeScale: SIMULATOR_TIME_SCALE }),
    ...(SIMULATOR_SEED !== undefined && { seed: SIMULATOR_SEED }),
  };
}
