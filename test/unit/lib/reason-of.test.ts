import { ServiceError } from '@temporalio/client';
import { explain } from '../../../src/cli/exit/explain';
import { check } from '../../../src/cli/doctor/check-result';
import { typedError } from '../../../src/client/temporal-rpc';
import { reasonOf } from '../../../src/lib/reason-of';
import { problemFromError } from '../../../src/server/problems/problem-from-error';
import { cannotReach } from '../../../src/temporal/connect';

/** What @grpc/grpc-js, a proxy or the server says with each code, as it was seen. */
const STATUS: readonly [number, string, string][] = [
  [1, 'CANCELLED', 'Cancelled on client'],
  [2, 'UNKNOWN', 'Received HTTP status code 502'],
  [3, 'INVALID_ARGUMENT', 'Namespace default has no mapping defined for search attribute MeldProvider'],
  [4, 'DEADLINE_EXCEEDED', 'Deadline exceeded after 9.998s,metadata filters: 0.001s,LB pick: 0.002s'],
  [5, 'NOT_FOUND', 'Namespace other is not found.'],
  [6, 'ALREADY_EXISTS', 'search attribute MeldProvider already exists.'],
  [7, 'PERMISSION_DENIED', 'Request unauthorized.'],
  [8, 'RESOURCE_EXHAUSTED', 'Received message larger than max (5000000 vs 4194304)'],
  [9, 'FAILED_PRECONDITION', 'Namespace default is deleted.'],
  [10, 'ABORTED', 'Transaction aborted: tx 17'],
  [11, 'OUT_OF_RANGE', 'the page token is out of range'],
  [12, 'UNIMPLEMENTED', 'unknown service temporal.api.workflowservice.v1.WorkflowService'],
  [13, 'INTERNAL', 'Received RST_STREAM with code 2 (Internal server error)'],
  [14, 'UNAVAILABLE', 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:7233'],
  [15, 'DATA_LOSS', 'corrupted shard 3'],
  [16, 'UNAUTHENTICATED', 'jwt: token is expired by 3m'],
];
/** With these Temporal says in words of its own what is wrong with the request. */
const TEMPORALS_OWN = new Set([3, 5, 6, 9, 11]);

test.each(STATUS)('what gRPC says with status %i %s reaches nobody', async (code, name, details) => {
  const raw = Object.assign(new Error(`${code} ${name}: ${details}`), { code, details, metadata: {} });
  const wrapped = new ServiceError('Failed to start Workflow', { cause: raw });
  const target = { address: 'temporal:7233', namespace: 'default', connectionOptions: {} };
  const { text: doctors } = await check('Temporal', () => Promise.reject(raw));
  const told = [
    reasonOf(raw),
    doctors,
    cannotReach(target, raw).message,
    explain(raw),
    explain(typedError('start the refresh', wrapped)),
    problemFromError(typedError('start the refresh', wrapped)).detail,
  ];
  for (const text of told) {
    expect(text).toMatch(/[a-z]{2,}/);
    expect(text).not.toContain(name);
    if (!TEMPORALS_OWN.has(code)) expect(text).not.toContain(details.slice(0, 12));
  }
  if (TEMPORALS_OWN.has(code)) expect(reasonOf(raw)).toBe(details.replace(/\.$/, ''));
});

test('an error that is none of gRPC’s says what it says', () => {
  expect(reasonOf(new Error('The profile has no address.'))).toBe('The profile has no address');
  expect(reasonOf(Object.assign(new Error('no such file'), { code: 'ENOENT' }))).toBe('no such file');
});

test.each([
  [
    'ConnectError("tcp connect error", Os { code: 111, message: "Connection refused" })',
    'Connection refused',
  ],
  ['InvalidCertificate(UnknownIssuer)', 'the connection fails'],
])('what the native client says with %s is cut down to words', (cause, words) => {
  expect(reasonOf(new Error(`tonic::transport::Error(Transport, ConnectError(${cause}))`))).toBe(words);
});
