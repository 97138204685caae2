import { withTimeout } from '../../../src/lib/with-timeout';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const never = new Promise<string>(() => undefined);

test('work that ends in time is the result, and leaves no timer behind', async () => {
  expect(await withTimeout(1_000, Promise.resolve('done'), () => 'late')).toBe('done');
  expect(jest.getTimerCount()).toBe(0);
});

test('work that fails in time fails with its own error, and leaves no timer behind', async () => {
  const failing = withTimeout(1_000, Promise.reject(new Error('its own')), () => 'late');
  await expect(failing).rejects.toThrow('its own');
  expect(jest.getTimerCount()).toBe(0);
});

test('work that takes longer is given up at that moment, not before', async () => {
  const late = jest.fn(() => 'late');
  const result = withTimeout(1_000, never, late);
  await jest.advanceTimersByTimeAsync(999);
  expect(late).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(1);
  expect(await result).toBe('late');
});

test('what `late` throws is the error', async () => {
  const result = withTimeout(1_000, never, () => {
    throw new Error('took too long');
  });
  const refused = expect(result).rejects.toThrow('took too long');
  await jest.advanceTimersByTimeAsync(1_000);
  await refused;
});
