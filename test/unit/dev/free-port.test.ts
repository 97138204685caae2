import { freePort } from '../../../src/dev/free-port';

afterEach(() => jest.restoreAllMocks());

test('is no port that fetch refuses to ask, of which 10,080 is the highest', async () => {
  await expect(fetch('http://127.0.0.1:10080')).rejects.toMatchObject({ cause: { message: 'bad port' } });
  jest.spyOn(Math, 'random').mockReturnValueOnce(0);
  expect(await freePort()).toBeGreaterThan(10_080);
});
