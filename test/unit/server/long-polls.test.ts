import { preferWaitSeconds } from '../../../src/server/long-polls';

test.each([
  ['wait=10', 10],
  ['Wait=10', 10],
  ['wait = 10', 10],
  ['wait="10"', 10],
  ['respond-async, wait=5', 5],
  ['wait=5; foo=bar', 5],
  ['wait=5, wait=9', 5],
  ['wait=0', 0],
  ['wait=', null],
  ['wait=-1', null],
  ['wait=1.5', null],
  ['wait=1e1', null],
  ['wait=0x1', null],
  ['wait="1', null],
  ['wait=99999999999', null],
  ['waiting=5', null],
  ['', null],
  [undefined, null],
])('%p asks for %p seconds', (header, expected) => {
  expect(preferWaitSeconds(header)).toBe(expected);
});
