import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { errorMessage } from '../../lib/error-message';
import type { SearchOrder } from '../calls/search';
import type { Controls } from '../controls';
import type { Meld } from '../meld';
import { errorBody, MeldError } from '../meld-error';
import type { Simulator } from '../simulator';
import { toInstant } from '../state/clock';
import { controlApi } from './control-api';
import { meldApi } from './meld-api';
import { widgetRoutes } from './widget';

/** What the routes work with. */
export interface AppDeps extends Pick<Simulator, 'apiKey' | 'setWebhookTarget'> {
  readonly meld: Meld;
  readonly controls: Controls;
  readonly searchOrder: SearchOrder;
}

/** A route whose path names a connection. */
export interface OfConnection {
  Params: { connectionId: string };
}

/** Far more than any body of the contract. */
const CONTRACT_BODY_BYTES = 64 * 1024;

/** Meld's endpoints behind the API key; beside them, without one, `/_control/` and the widget's page. */
export function buildApp(deps: AppDeps): FastifyInstance {
  const { meld, apiKey } = deps;

  const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const known = error instanceof MeldError ? error : fromFastify(error);
    const body = errorBody(known, request.id, toInstant(meld.now()));
    reply.status(known.status).headers(known.headers).send(body);
  };

  const app = Fastify({
    logger: false,
    genReqId: () => meld.random.id(),
    bodyLimit: CONTRACT_BODY_BYTES,
    // Calls that are held or never answered must not keep it from closing.
    forceCloseConnections: true,
    // As long as a request line may be: an id of any length is a 404 like any other unknown one.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: answerError,
  });
  app.removeContentTypeParser('text/plain');

  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw new MeldError(404, 'There is no such endpoint.');
  });

  // On the whole app, so that a wrong path without a key is a 401 as well.
  app.addHook('onRequest', (request, _reply, done) => {
    const open = request.url.startsWith('/_control/') || request.url.startsWith('/widget?');
    const known = open || request.headers.authorization === `BASIC ${apiKey}`;
    done(known ? undefined : new MeldError(401, 'Invalid credentials.'));
  });

  meldApi(app, deps);
  void app.register(widgetRoutes, deps);
  void app.register(controlApi, { ...deps, prefix: '/_control' });
  return app;
}

function fromFastify(error: unknown): MeldError {
  const message = errorMessage(error);
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500
    ? new MeldError(status, message)
    : new MeldError(500, `The simulator itself failed: ${message}`);
}
