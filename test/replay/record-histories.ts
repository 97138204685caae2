import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { skipTime, type Handle, type SkippingTime } from '../workflow/support/skipping-time';
import { CORPUS } from './support/corpus';
import { fileOf, HISTORIES } from './support/histories';

// Run by `npm run record-histories`, never by `npm test`: what the workflow does today becomes what every
// later version of it must be able to replay.

let world: SkippingTime;
beforeAll(async () => {
  rmSync(HISTORIES, { recursive: true, force: true });
  mkdirSync(HISTORIES);
  world = await skipTime();
});
afterAll(() => world.close());

test.each(Object.entries(CORPUS))('records %s', async (name, { connection, request, meanwhile, ends }) => {
  const connectionId = name;
  await world.tick();
  world.simulator.createConnection({ ...connection, id: connectionId });
  const handle = await world.start({ connectionId, customerId: 'customer-1', ...request });
  await meanwhile?.(handle, world, connectionId);
  expect(await endOf(handle)).toBe(ends);
  const history = JSON.parse(historyToJSON(await handle.fetchHistory())) as unknown;
  writeFileSync(fileOf(name), `${JSON.stringify(anonymous(history), null, 1)}\n`);
});

async function endOf(handle: Handle): Promise<string> {
  try {
    const result = await handle.result();
    return result.outcome === 'escalated' ? result.reason : result.outcome;
  } catch {
    return (await handle.describe()).status.name === 'CANCELLED' ? 'canceled' : 'failed';
  }
}

/** Identities and stack traces name hosts and folders, which are nobody's business and no part of what replays. */
const PRIVATE: Readonly<Record<string, string>> = { identity: 'recorder', stackTrace: '' };

function anonymous(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(anonymous);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, PRIVATE[key] ?? anonymous(inner)]),
  );
}
