import { writeFile } from 'node:fs/promises';
import { pino } from 'pino';
import { buildServer } from '../dist/server/build-server.js';

// What a server answers `GET /openapi.json` with depends on none of these.
const unused = () => Promise.reject(new Error('not asked for'));
const app = await buildServer({
  refreshes: {},
  meld: {},
  pingTemporal: unused,
  apiKeys: [],
  apiRateLimit: 1,
  maxCharges: 1,
  logger: pino({ level: 'silent' }),
});
const { body } = await app.inject({ url: '/openapi.json' });
await app.close();
await writeFile(
  new URL('../dist/openapi.json', import.meta.url),
  `${JSON.stringify(JSON.parse(body), null, 2)}\n`,
);
