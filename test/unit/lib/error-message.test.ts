import { errorMessage } from '../../../src/lib/error-message';

test.each([
  ['an error', new TypeError('not a function'), 'not a function'],
  ['an error of another realm, which is no instance of ours', { message: 'from a VM' }, 'from a VM'],
  ['a thrown text', 'just text', 'just text'],
  ['nothing', undefined, 'undefined'],
  ['an object whose message is no text', { message: 3 }, '[object Object]'],
])('says what %s says', (_name, thrown, message) => {
  expect(errorMessage(thrown)).toBe(message);
});
