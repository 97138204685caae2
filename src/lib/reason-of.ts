import { errorMessage } from './error-message';

/**
 * What gRPC, or a proxy in between, says of a call is written for the client's author: by status code
 * (grpc.github.io/grpc/core/md_doc_statuscodes.html), in words. The codes left out are those with which Temporal
 * names what is wrong with a request: its own details are the best there is.
 */
const IN_WORDS: ReadonlyMap<unknown, string> = new Map([
  [1, 'the call was canceled'],
  [2, "an answer came that is not Temporal's"],
  [4, 'no answer in time'],
  [7, 'this user may not do that'],
  [8, 'too many requests at a time, or one that is too large'],
  [10, 'another change came first'],
  [12, 'the server does not know this call: it is too old, or not Temporal'],
  [13, 'an internal error of the server or of a proxy'],
  [14, 'nothing there answers'],
  [15, 'the server has lost data'],
  [16, 'the API key or the certificate is not accepted'],
]);

/** Why a call failed, as a part of a sentence, without gRPC's codes and constants. Never throws. */
export function reasonOf(error: unknown): string {
  const code: unknown = Reflect.get(Object(error), 'code');
  const details: unknown = Reflect.get(Object(error), 'details');
  const known = typeof details === 'string' ? (IN_WORDS.get(code) ?? details) : '';
  return (known || readable(errorMessage(error))).replace(/\.$/, '');
}

/** The worker's native client writes its errors as Rust shows them to programmers, a sentence somewhere inside. */
function readable(message: string): string {
  if (!message.includes('tonic::')) return message;
  return /message: "([^"]+)"/.exec(message)?.[1] ?? 'the connection fails';
}
