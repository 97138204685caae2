import type { StackPorts } from './stack-options';
import type { Stack } from './start-stack';

export interface BannerOptions {
  readonly stack: Pick<Stack, 'apiUrl' | 'uiUrl' | 'temporalAddress' | 'namespace' | 'apiKey' | 'folder'>;
  /** What Meld is here: the URL of the simulated one, or which Meld in words. */
  readonly meld:
    | { readonly simulatorUrl: string; readonly apiKey: string }
    | { readonly name: string; readonly webhooks: boolean };
  /** Connections of the simulated Meld, the first one for the example. */
  readonly connectionIds: readonly string[];
  readonly taken: readonly (keyof StackPorts)[];
}

const PORTS_IN_WORDS: Readonly<Record<keyof StackPorts, string>> = {
  api: 'the API',
  ui: 'the Temporal UI',
  temporal: 'Temporal',
  simulator: 'the simulated Meld',
};

/** What a person wants to know of a stack that has just started. */
export function renderBanner(options: BannerOptions): string {
  const { stack, meld, taken, connectionIds } = options;
  const { apiUrl, uiUrl, namespace, folder } = stack;
  const simulated = 'simulatorUrl' in meld;
  return [
    'meld-refresh is running.',
    '',
    `  API           ${apiUrl}`,
    `  Reference     ${apiUrl}/docs`,
    `  Temporal UI   ${uiUrl}/namespaces/${namespace}/workflows`,
    `  Temporal      ${stack.temporalAddress}`,
    `  Meld          ${simulated ? `simulated, at ${meld.simulatorUrl} (docs/simulator.md)` : meld.name}`,
    ...(simulated ? [`  Meld's key    ${meld.apiKey}`] : []),
    `  State, logs   ${folder}`,
    ...(taken.length === 0 ? [] : ['', takenPorts(taken)]),
    ...(simulated || meld.webhooks
      ? []
      : ['', 'MELD_WEBHOOK_SECRETS is not set: without webhooks, refreshes find their data by polling.']),
    '',
    simulated ? 'Refresh a connection:' : 'Refresh a connection, by its id at Meld (CONNECTION_ID):',
    ...(stack.apiKey === null ? [] : ['(API_KEY: one of your API_KEYS)']),
    '',
    curlOf(options),
    '',
    ...(simulated
      ? [
          `The simulated Meld has a connection for each thing that can happen: ${connectionIds.join(', ')}.`,
          '',
        ]
      : []),
    'Ctrl-C stops everything; refreshes under way go on with the next start.',
  ].join('\n');
}

/** Works as it is printed, a key of the API aside: that one is not shown. */
function curlOf({ stack, connectionIds }: BannerOptions): string {
  const id = connectionIds[0] ?? '$CONNECTION_ID';
  return [
    `  curl -s -X POST "${stack.apiUrl}/v1/connections/${id}/refreshes"`,
    ...(stack.apiKey === null ? [] : [`-H "authorization: Bearer $API_KEY"`]),
    `-H "content-type: application/json" -H "prefer: wait=30"`,
    `-d '{"maxAge":"15m"}'`,
  ].join(' \\\n    ');
}

function takenPorts(taken: readonly (keyof StackPorts)[]): string {
  const names = new Intl.ListFormat('en-GB').format(taken.map((name) => PORTS_IN_WORDS[name]));
  return taken.length === 1
    ? `The usual port of ${names} is taken: a free one was chosen.`
    : `The usual ports of ${names} are taken: free ones were chosen.`;
}
