import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as client from '../../../src/client';
import { parseRequest } from '../../../src/refresh/input/parse-request';
import { InvalidRequestError } from '../../../src/refresh/input/invalid-request';
import { REPOSITORY } from './code-blocks';

const page = readFileSync(path.join(REPOSITORY, 'docs/client.md'), 'utf8');
/** The first cells of a table's rows, and all their cells. */
const rows = [...page.matchAll(/^\| `(\w+)` *\|(.*)\|$/gm)].map(([, name, rest]) => [name!, rest!] as const);

test('it lists every field of a request, and no other', () => {
  const message = (() => {
    try {
      parseRequest({ connectionId: 'c-1', unheardOf: 1 });
    } catch (error) {
      if (error instanceof InvalidRequestError) return error.message;
    }
    return '';
  })();
  const fields = /only the fields ([\w, ]+), received/.exec(message)?.[1]?.split(', ');
  const listed = rows
    .map(([name]) => name)
    .filter((name) => /[A-Z]|^products$|^priority$|^policy$/.test(name));
  expect(listed.sort()).toEqual(fields?.sort());
});

test('it lists every error by its code and its class', () => {
  const sources = ['client/errors.ts', 'refresh/input/invalid-request.ts'].map((file) =>
    readFileSync(path.join(REPOSITORY, 'src', file), 'utf8'),
  );
  const thrown = sources.flatMap((source) =>
    [...source.matchAll(/class (\w+) extends \w+ \{[^}]*?readonly code = '(\w+)'/g)].map(([, name, code]) => [
      code,
      name,
    ]),
  );
  const listed = rows
    .filter(([name]) => name.includes('_'))
    .map(([code, rest]) => [code, /`(\w+)`/.exec(rest)?.[1]]);
  expect(listed.sort()).toEqual(thrown.sort());
  for (const [, name] of listed) expect(client).toHaveProperty(name!);
});
