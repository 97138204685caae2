import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

type LogLevel = (typeof LOG_LEVELS)[number];

interface LoggerOptions {
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
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'Authorization',
  'apiKey',
  'connectToken',
  'widgetUrl',
  'secret',
  'token',
  'meld-signature',
]);

/** Finds the lines that need a mask: pino's own redaction takes 30 times as long as the line itself, for every line. */
const HAS_CREDENTIAL = new RegExp(`"(${[...CREDENTIALS].join('|')})":`);

/** A shorter text turns up by chance: replacing it would garble the log more than it hides. */
const SHORTEST_SECRET = 6;

/** JSON lines for machines. Credentials are masked by their field's name, configured secrets wherever they appear. */
export function makeLogger({ level = 'info', name, secrets = [], destination }: LoggerOptions = {}): Logger {
  const maskSecrets = makeMask(secrets);
  const options = {
    level,
    ...(name !== undefined && { name }),
    serializers: { err: stdSerializers.err, error: stdSerializers.err },
    hooks: { streamWrite: (line: string) => maskSecrets(maskCredentials(line)) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function maskCredentials(line: string): string {
  if (!HAS_CREDENTIAL.test(line)) return line;
  const masked = JSON.stringify(JSON.parse(line), (name, value: unknown) =>
    CREDENTIALS.has(name) ? '[secret]' : value,
  );
  return `${masked}\n`;
}

function makeMask(secrets: readonly string[]): (line: string) => string {
  const texts = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    // As the secret stands inside a JSON string; longest first, so that one that holds another goes as a whole.
    .map((secret) => JSON.stringify(secret).slice(1, -1))
    .sort((a, b) => b.length - a.length);
  return (line) => texts.reduce((masked, text) => masked.replaceAll(text, '[secret]'), line);
}
