import type { FastifyInstance } from 'fastify';

/** JSON is the only content type, no body is an empty object, and `__proto__` and `constructor` keys are refused. */
export function registerJsonBody(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    if (text !== '') return parseJson(request, text, done);
    done(null, undefined);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    // Many clients name a content type of their own where they send no body.
    const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
    if (coding === undefined && Number(length) === 0) delete request.headers['content-type'];
    done();
  });
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined) request.body = {};
    done();
  });
}
