import { startSimulator, type Simulator } from '../../../src/simulator';

// What is left would keep a process alive for a minute that has nothing more to do.

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

let simulator: Simulator;
let before: number;
beforeEach(async () => {
  before = timers();
  simulator = await startSimulator({ webhookUrl: 'http://127.0.0.1:1/' });
});

test('a simulator that is closed with a call on its way leaves no timer', async () => {
  const { id } = simulator.createConnection();
  const called = fetch(`${simulator.url}/bank-linking/connections/${id}/refresh`, {
    method: 'POST',
    headers: { authorization: `BASIC ${simulator.apiKey}`, connection: 'close' },
  });
  await simulator.until(() => simulator.ledger().length > 0);
  await simulator.close();
  await called;
  expect(timers()).toBeLessThanOrEqual(before);
});

test('nor does one of which something was awaited that does not come', async () => {
  simulator.until(() => false).catch(() => undefined);
  await simulator.close();
  expect(timers()).toBeLessThanOrEqual(before);
});
