import { aSimulator, call, closeAll, refresh } from '../start';

afterEach(closeAll);

test('a call is held after it was executed, and answers when it is released', async () => {
  const simulator = await aSimulator();
  const { id, successfullyAggregatedAt } = simulator.createConnection({ params: { aggregationMs: 1 } });
  const hold = simulator.hold(id);
  expect(hold.state()).toBe('armed');
  const answer = refresh(simulator, id);
  await hold.held;
  expect(simulator.ledger(id)).toMatchObject([{ answer: 'pending', charged: true }]);
  // The data lands all the same.
  await simulator.until(() => simulator.connection(id).successfullyAggregatedAt !== successfullyAggregatedAt);
  expect(hold.state()).toBe('held');
  hold.release();
  expect((await answer).status).toBe(200);
  expect(simulator.ledger(id)).toMatchObject([{ answer: 'accepted', charged: true }]);
});

test('a call is held before it is executed, and another one is not', async () => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection();
  const hold = simulator.hold(id, 'before_execution');
  const answer = refresh(simulator, id);
  await hold.held;
  expect(simulator.ledger(id)).toMatchObject([{ answer: 'pending', charged: false }]);
  expect((await refresh(simulator, id)).status).toBe(200);
  hold.release();
  expect((await answer).status).toBe(200);
  expect(simulator.ledger(id).map(({ charged }) => charged)).toEqual([true, true]);
});

test('a caller that dies while it is held has paid, and the ledger says that the answer was lost', async () => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection();
  const hold = simulator.hold(id);
  const killed = new AbortController();
  const answer = refresh(simulator, id, { signal: killed.signal });
  answer.catch(() => undefined);
  await hold.held;
  killed.abort(new Error('killed'));
  await expect(answer).rejects.toThrow('killed');
  // The next call shows that the server has heard of the dead one's end.
  expect((await refresh(simulator, id)).status).toBe(200);
  hold.release();
  await simulator.until(() => simulator.ledger(id)[0]?.answer === 'lost');
  expect(simulator.ledger(id)).toMatchObject([{ charged: true }, { charged: true }]);
});

test('over HTTP: armed, asked for with patience, released', async () => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection();
  const armed = await call(simulator, 'POST', `/_control/connections/${id}/holds`, {
    body: { point: 'before_execution' },
  });
  expect(armed).toMatchObject({ status: 201, body: { state: 'armed', point: 'before_execution' } });
  const path = `/_control/holds/${String(armed.body['id'])}`;
  expect((await call(simulator, 'GET', path)).body).toMatchObject({ state: 'armed' });
  expect((await call(simulator, 'GET', `${path}?waitMs=0x1`)).status).toBe(400);
  const waiting = call(simulator, 'GET', `${path}?waitMs=5000`);
  const answer = refresh(simulator, id);
  expect((await waiting).body).toMatchObject({ state: 'held' });
  expect((await call(simulator, 'POST', `${path}/release`)).body).toMatchObject({ state: 'released' });
  expect((await answer).status).toBe(200);
  expect((await call(simulator, 'GET', '/_control/holds/none')).status).toBe(404);
});

test('a hold taken back before any call rejects for anyone who awaits it', async () => {
  const simulator = await aSimulator();
  const hold = simulator.hold(simulator.createConnection({ id: 'conn-1' }).id);
  hold.release();
  await expect(hold.held).rejects.toThrow('The hold on conn-1 was released before any call.');
  expect((await refresh(simulator, 'conn-1')).status).toBe(200);
});

test('closing does not wait for a held call', async () => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection();
  const hold = simulator.hold(id);
  const answer = refresh(simulator, id).catch(() => 'broken');
  await hold.held;
  await simulator.close();
  await answer;
});

test('closing does not wait for an answer that never comes', async () => {
  const simulator = await aSimulator();
  const { id } = simulator.createConnection({ scenario: 'lost_answer' });
  const answer = refresh(simulator, id).catch(() => 'broken');
  await simulator.until(() => simulator.ledger(id)[0]?.answer === 'lost');
  await simulator.close();
  expect(await answer).toBe('broken');
});

test('a hold is for one connection', async () => {
  const simulator = await aSimulator();
  const [held, other] = simulator.createConnections([{ id: 'held' }, { id: 'other' }]);
  const hold = simulator.hold(String(held?.id));
  expect((await refresh(simulator, String(other?.id))).status).toBe(200);
  expect(hold.state()).toBe('armed');
});
