import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';

// node proxy.mjs PORT NAMESPACE PREFIX LIST: a Temporal server at 127.0.0.1:PORT, whose namespaces are those of the one that
// ELSEWHERE (the TEMPORAL_* variables, in JSON) names, with PREFIX before each name. NAMESPACE is made where it is not there. LIST
// gets the names of all that are made.

const fromDist = createRequire(new URL('../../dist/', import.meta.url));
const { loadTemporalTarget } = fromDist('./temporal/connect.js');
const { registerSearchAttributes } = fromDist('./temporal/register-search-attributes.js');

/** A day: the least that Temporal takes. */
const RETENTION_SECONDS = 86_400;
const UNLIMITED = -1;

const [port, namespace, prefix, list] = process.argv.slice(2);
const { connectionOptions } = loadTemporalTarget(JSON.parse(process.env.ELSEWHERE));
// Who asks has retries of their own.
const upstream = await Connection.connect({ ...connectionOptions, interceptors: [] });
const there = (name) => prefix + name;
const here = (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
await makeNamespace(there(namespace));

const server = new Server({
  'grpc.max_receive_message_length': UNLIMITED,
  'grpc.max_send_message_length': UNLIMITED,
});
serve('temporal.api.workflowservice.v1.WorkflowService', upstream.workflowService);
serve('temporal.api.operatorservice.v1.OperatorService', upstream.operatorService);
serve('grpc.health.v1.Health', upstream.healthService);
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});

async function makeNamespace(name) {
  const workflowExecutionRetentionPeriod = { seconds: RETENTION_SECONDS };
  try {
    await register({ namespace: name, workflowExecutionRetentionPeriod });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== status.ALREADY_EXISTS) throw error;
  }
  await registerSearchAttributes(upstream, name);
}

function register(request) {
  appendFileSync(list, `${request.namespace}\n`);
  return upstream.workflowService.registerNamespace(request);
}

function serve(name, upstreamService) {
  const definition = {};
  const handlers = {};
  for (const method of proto.lookupService(name).methodsArray) {
    const { resolvedRequestType: request, resolvedResponseType: response } = method.resolve();
    const rpc = method.name[0].toLowerCase() + method.name.slice(1);
    definition[rpc] = {
      path: `/${name}/${method.name}`,
      requestStream: false,
      responseStream: false,
      requestDeserialize: (bytes) => rename(request, request.decode(bytes), there),
      requestSerialize: (message) => request.encode(message).finish(),
      responseDeserialize: (bytes) => response.decode(bytes),
      responseSerialize: (message) => response.encode(rename(response, message, here)).finish(),
    };
    handlers[rpc] = (call, answer) => {
      const given = new AbortController();
      call.on('cancelled', () => given.abort());
      const ask = () =>
        rpc === 'registerNamespace' ? register(call.request) : upstreamService[rpc](call.request);
      upstream
        .withDeadline(call.getDeadline(), () => upstream.withAbortSignal(given.signal, ask))
        .then(
          (message) => answer(null, message),
          ({ code = status.UNKNOWN, details, message, metadata = new Metadata() }) =>
            answer({ code, details: details ?? message, metadata }),
        );
    };
  }
  server.addService(definition, handlers);
}

/** Every field `namespace`, however deep: also commands, events and pending children name one. */
function rename(type, message, name) {
  for (const field of type.fieldsArray) {
    if (!Object.hasOwn(message, field.name)) continue;
    const value = message[field.name];
    const { resolvedType } = field.resolve();
    if (resolvedType?.fieldsArray) {
      for (const each of field.map || field.repeated ? Object.values(value) : [value])
        if (each) rename(resolvedType, each, name);
    } else if (field.name === 'namespace' && value !== '') message[field.name] = name(value);
  }
  return message;
}
