import type { Meld } from '../meld';
import { plannedError } from '../meld-error';
import type { CallStep, Effect } from '../scenarios/plan';
import { inBackground } from '../state/clock';
import { providerDetails, type ConnectionState } from '../state/connection';
import type { LedgerLine } from '../state/ledger';
import { changeStatus } from '../webhooks/events';
import { aggregate } from './aggregation';
import { checkRefreshRules, rateLimited } from './refresh-rules';

/** How a call ends that no error answers; all but `answered` are answers that nobody can read. */
export type CallReply =
  | { readonly reply: 'answered'; readonly body: object }
  | { readonly reply: 'garbled' | 'hold' | 'cut' | 'gateway' };

interface RefreshInput {
  readonly connectionId: string;
  readonly products: readonly string[] | null;
  readonly line: LedgerLine;
}

/** Takes one refresh call through Meld's rules, its holds and its plan. @throws MeldError */
export async function refreshConnection(meld: Meld, input: RefreshInput): Promise<CallReply> {
  const { clock, holds, now } = meld;
  const connection = meld.connections.get(input.connectionId);
  await holds.pass(connection.id, 'before_execution');
  clock.catchUp(connection.planned);
  checkRefreshRules(connection, input.products, now());
  const step = nextStep(meld, connection);
  switch (step.answer) {
    case 'accepted':
      await execute(meld, connection, input, step);
      return {
        reply: 'answered',
        body: { requestId: input.line.requestId, serviceProviderDetails: providerDetails(connection) },
      };
    case 'lost':
      await execute(meld, connection, input, step);
      return { reply: step.ending };
    case 'garbled':
      await execute(meld, connection, input, step);
      return { reply: 'garbled' };
    case 'rate_limited': {
      const untilMs = now() + connection.plan.window.ms;
      connection.windowUntilMs = untilMs;
      await clock.sleep(step.delayMs);
      throw rateLimited(connection, untilMs, now());
    }
    case 'error':
      await clock.sleep(step.delayMs);
      throw plannedError(step.status);
  }
}

function nextStep(meld: Meld, connection: ConnectionState): CallStep {
  const { calls } = connection.plan;
  const last = calls.length - 1;
  const passed = calls[connection.callStep]?.until === connection.status;
  const index = Math.min(passed ? connection.callStep + 1 : connection.callStep, last);
  const step = calls[index];
  if (!step) throw new Error('a plan has at least one call');
  connection.callStep = step.until === undefined ? Math.min(index + 1, last) : index;
  if (!connection.triggered.has(index)) for (const effect of step.then) trigger(meld, connection, effect);
  connection.triggered.add(index);
  return step;
}

function trigger(meld: Meld, connection: ConnectionState, effect: Effect): void {
  const { afterMs } = effect;
  if (effect.effect === 'aggregation') {
    inBackground(aggregate(meld, connection, { afterMs }));
    return;
  }
  const run = (atMs: number): void => changeStatus(meld, connection, effect, atMs);
  if (afterMs === 0) run(meld.now());
  else meld.clock.plan(connection.planned, afterMs, run);
}

/** From here on the refresh is paid for. */
async function execute(
  meld: Meld,
  connection: ConnectionState,
  { products, line }: RefreshInput,
  step: CallStep,
): Promise<void> {
  const { window, aggregation } = connection.plan;
  const result = step.answer === 'accepted' ? step.aggregation : 'lands';
  line.charge();
  if (connection.serviceProvider === 'MX') connection.windowUntilMs = meld.now() + window.ms;
  if (connection.statusReason === 'INACTIVE_DUPLICATE') takeOver(meld, connection);
  const ended = aggregate(meld, connection, { products, result, ...aggregation });
  await meld.holds.pass(connection.id, 'after_execution');
  if (step.answer === 'accepted' && step.answerAfter === 'events') await ended;
  await meld.clock.sleep(step.delayMs);
}

/** Refreshing an inactive duplicate makes it the active one, and demotes the other. */
function takeOver(meld: Meld, connection: ConnectionState): void {
  changeStatus(meld, connection, { status: 'ACTIVE', statusReason: null });
  for (const other of meld.connections.others(connection)) {
    if (other.status !== 'ACTIVE') continue;
    changeStatus(meld, other, { status: 'PARTIALLY_ACTIVE', statusReason: 'INACTIVE_DUPLICATE' });
  }
}
