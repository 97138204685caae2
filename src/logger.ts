import { pino, stdSerializers } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Which process speaks: `worker`, `server`. */
  readonly name?: string;
  /** Configured secrets. Whatever field or message they turn up in, they leave as `[secret]`. */
  readonly secrets?: readonly string[];
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/** Header and field names whose values are credentials, wherever Meld or a caller may put them. */
const CREDENTIALS = [
  'authorization',
  'Authorization',
  'apiKey',
  'connectToken',
  'widgetUrl',
  'secret',
  'token',
  '["meld-signature"]',
];

/** A shorter text turns up by chance: replacing it would garble the log more than it hides. */
const SHORTEST_SECRET = 6;

/** JSON lines for machines. Credentials are masked by their field's name, configured secrets wherever they appear. */
export function makeLogger({ level = 'info', name, secrets = [], destination }: LoggerOptions = {}): Logger {
  const mask = makeMask(secrets);
  const options = {
    level,
    ...(name !== undefined && { name }),
    serializers: { err: stdSerializers.err, error: stdSerializers.err },
    redact: { paths: CREDENTIALS.flatMap(everywhere), censor: '[secret]' },
    ...(mask !== null && { hooks: { streamWrite: mask } }),
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** As pino's redaction wants it: the field on its own and up to two levels down. */
function everywhere(field: string): readonly string[] {
  const step = field.startsWith('[') ? field : `.${field}`;
  return [field, `*${step}`, `*.*${step}`, `*.*.*${step}`];
}

function makeMask(secrets: readonly string[]): ((line: string) => string) | null {
  const texts = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    // As the secret stands inside a JSON string; longest first, so that one that holds another goes as a whole.
    .map((secret) => JSON.stringify(secret).slice(1, -1))
    .sort((a, b) => b.length - a.length);
  if (texts.length === 0) return null;
  return (line) => texts.reduce((masked, text) => masked.replaceAll(text, '[secret]'), line);
}
