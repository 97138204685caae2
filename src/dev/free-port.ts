import { createServer } from 'node:net';

/** 10,080 is the highest that `fetch` refuses to ask (https://fetch.spec.whatwg.org/#port-blocking). */
const LOWEST = 10_081;
/** Below every system's range for outgoing connections: one of those takes a port between the choice and its use. */
const HIGHEST = 32_000;
const TRIES = 100;

/** A TCP port that nobody on 127.0.0.1 listens on at this moment; someone may take it in the next. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new Error(`None of ${TRIES} ports between ${LOWEST} and ${HIGHEST} was free on 127.0.0.1.`);
}

/** Whether nobody listens on that port of 127.0.0.1 at this moment. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
