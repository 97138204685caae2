import { isIP } from 'node:net';
import { z } from 'zod';
import { digitsAsNumber } from '../lib/digits';
import { LOG_LEVELS } from '../lib/logger';
import { durationMs } from '../refresh/model/duration';
import { commaList, payloadKeys } from './payload-keys';

/** One environment variable: how its text is read, and what it should be in words. */
interface Variable<T> {
  readonly expected: string;
  readonly schema: z.ZodType<T>;
  /** Its value appears in no message. */
  readonly secret?: true;
}

const variable = <T>(expected: string, schema: z.ZodType<T>): Variable<T> => ({ expected, schema });
const secret = <T>(expected: string, schema: z.ZodType<T>): Variable<T> => ({
  expected,
  schema,
  secret: true,
});

/** Visible ASCII: what a header can carry. */
const token = z.string().regex(/^[\x21-\x7e]+$/);
const tokens = commaList(z.array(token).min(1));

const webUrl = z.string().refine((text) => {
  if (/\s/.test(text) || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
});
const baseUrl = webUrl.refine((text) => !/[?#]/.test(text)).transform((text) => text.replace(/\/+$/, ''));

/** As a browser sends it in `Origin`. */
const origins = commaList(
  z.array(webUrl.refine((text) => URL.canParse(text) && new URL(text).origin === text)),
);

const wholeNumber = (least: number, most: number) =>
  z.preprocess(digitsAsNumber, z.number().min(least).max(most));

/** A queued call is given up after 5 min, so that a lower rate would hand out hardly any; more than 100,000 is no limit. */
const perSecond = z
  .string()
  .regex(/^\d+(\.\d+)?$/)
  .transform(Number)
  .pipe(z.number().min(0.1).max(100_000));

const hostPort = z.string().refine((text) => {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  return isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0 && Number(port) <= 65_535;
});

/** 1 s: a shorter one gives up on calls that Meld has taken, each of which may be charged. */
const SHORTEST_MELD_TIMEOUT_MS = 1_000;
/** 50 s: Meld answers within seconds; the charged call is given up after `callTimeout`, and must have its answer by then. */
const LONGEST_MELD_TIMEOUT_MS = 50_000;

const meldTimeout = z
  .string()
  .transform((text) => durationMs(text) ?? NaN)
  .pipe(z.number().min(SHORTEST_MELD_TIMEOUT_MS).max(LONGEST_MELD_TIMEOUT_MS));

/** Standard Webhooks, "Signature scheme": 24 to 64 random bytes. Another secret would fail each delivery. */
const outcomeSecret = z.string().refine((text) => {
  const [, base64 = ''] = /^whsec_(.+)$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64;
});

/** A key is longer; masking a shorter value, such as a team's name, would garble the log. */
const SHORTEST_OTLP_KEY = 16;
/** The values that may be keys. The SDK reads the variable itself. */
const otlpHeaders = z
  .string()
  .regex(/^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/)
  .transform((list) => list.split(',').map((pair) => pair.slice(pair.indexOf('=') + 1).trim()))
  .transform((values) => values.filter(({ length }) => length >= SHORTEST_OTLP_KEY));

/** Every variable but `TEMPORAL_*` (see `temporal/connect.ts`) and `REFRESH_POLICY`; an empty one counts as unset. */
export const VARIABLES = {
  MELD_API_KEY: secret("Meld's raw API key, without spaces", token),
  MELD_ENVIRONMENT: variable('"sandbox" or "production"', z.enum(['sandbox', 'production'])),
  MELD_BASE_URL: variable('an http or https URL without credentials, query or fragment', baseUrl),
  MELD_TIMEOUT: variable(
    'a duration with its unit such as "20s", at least "1s" and at most "50s"',
    meldTimeout,
  ),
  MELD_CALLS_PER_SECOND: variable('charged calls a second, 0.1 to 100000', perSecond),
  MELD_READS_PER_SECOND: variable('reads a second, 0.1 to 100000', perSecond),
  MELD_WEBHOOK_SECRETS: secret('one or more webhook secrets separated by commas, newest first', tokens),
  MELD_WEBHOOK_URL: variable('the http or https URL exactly as in the Meld webhook profile', webUrl),
  TEMPORAL_TASK_QUEUE: variable('the name of a task queue', z.string().max(200)),
  TEMPORAL_WORKER_DEPLOYMENT_NAME: variable(
    'the name of a worker deployment, without "." and ":"',
    z.string().regex(/^[^.:]+$/),
  ),
  TEMPORAL_WORKER_BUILD_ID: variable('the build id of this worker', z.string().max(255)),
  WORKER_MAX_CACHED_WORKFLOWS: variable('a number of runs, 100 to 1000000', wholeNumber(100, 1e6)),
  WORKER_MAX_ACTIVITIES: variable('a number of activities, 1 to 10000', wholeNumber(1, 10_000)),
  WORKER_MAX_POLLERS: variable('a number of polls, 5 to 1000', wholeNumber(5, 1_000)),
  API_KEYS: secret('one or more keys separated by commas, without spaces', tokens),
  HOST: variable('an address to listen on such as "127.0.0.1" or "0.0.0.0"', z.string().regex(/^[\w.:-]+$/)),
  PORT: variable('a port, 0 to 65535', wholeNumber(0, 65_535)),
  METRICS_ADDRESS: variable('an IP address and a port such as "127.0.0.1:9464"', hostPort),
  HEALTH_ADDRESS: variable('an IP address and a port such as "127.0.0.1:8081"', hostPort),
  OUTCOME_WEBHOOK_URL: secret('an http or https URL without credentials', webUrl),
  OUTCOME_WEBHOOK_SECRET: secret(
    '"whsec_" and 24 to 64 random bytes in base64; make one with: echo "whsec_$(openssl rand -base64 32)"',
    outcomeSecret,
  ),
  API_RATE_LIMIT: variable('how many requests a minute one key may make, 1 or more', wholeNumber(1, 1e9)),
  PAYLOAD_KEYS: secret(
    'one or more keys separated by commas, newest first, each an id of its own, ":" and 32 bytes in base64',
    payloadKeys,
  ),
  CODEC_CORS_ORIGIN: variable('one or more origins such as "https://temporal.example.com"', origins),
  OTEL_TRACES_EXPORTER: variable('"none", "otlp" or "console"', z.enum(['none', 'otlp', 'console'])),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable('an http or https URL without credentials', webUrl),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: variable('an http or https URL without credentials', webUrl),
  OTEL_EXPORTER_OTLP_PROTOCOL: variable('"http/protobuf"', z.literal('http/protobuf')),
  OTEL_EXPORTER_OTLP_HEADERS: secret('pairs "name=value" separated by commas', otlpHeaders),
  OTEL_SERVICE_NAME: variable('a name', z.string().max(200)),
  OTEL_SDK_DISABLED: variable('"true" or "false"', z.stringbool({ truthy: ['true'], falsy: ['false'] })),
  LOG_LEVEL: variable(`one of ${LOG_LEVELS.join(', ')}`, z.enum(LOG_LEVELS)),
} as const satisfies Record<string, Variable<unknown>>;

export type VariableName = keyof typeof VARIABLES;

/** What each variable was read as; a variable that is unset, or wrong, is absent. */
export type Values = {
  readonly [N in VariableName]?: z.output<(typeof VARIABLES)[N]['schema']>;
};

/** Reads every variable that is set. Never throws: what is wrong is listed in `problems`, one sentence each. */
export function readVariables(env: NodeJS.ProcessEnv): {
  readonly values: Values;
  readonly problems: readonly string[];
} {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { schema, expected, ...rest }] of Object.entries<Variable<unknown>>(VARIABLES)) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    const parsed = schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name}: expected ${expected}${rest.secret ? '' : `, received ${shown(text)}`}`);
  }
  return { values, problems };
}

/** A URL may hold a password whatever the variable is meant for. */
function shown(text: string): string {
  return text.includes('@') ? 'something with an "@" in it' : JSON.stringify(text);
}
