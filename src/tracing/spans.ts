import {
  context as contexts,
  createContextKey,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';

/** The ids that spans and log lines share. */
export const REQUEST_ID = 'meld_refresh.request_id';
export const RUN_ID = 'meld_refresh.run_id';
export const CONNECTION_ID = 'meld_refresh.connection_id';

/** Under which a context holds the id of the HTTP request that it belongs to. */
const requestIdKey = createContextKey('request id');

export const withRequestId = (context: Context, requestId: string): Context =>
  context.setValue(requestIdKey, requestId);

/** For a span in that context; empty where no request is. */
export function requestAttributes(context: Context): Readonly<Record<string, string>> {
  const requestId = context.getValue(requestIdKey);
  return typeof requestId === 'string' ? { [REQUEST_ID]: requestId } : {};
}

/** What ties a log line to its span, under the names that log stores expect. */
export function logFields(span: Span | undefined = trace.getActiveSpan()): Readonly<Record<string, string>> {
  if (span === undefined) return {};
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}

/**
 * Carries out the work inside a span, and ends the span with it. Of an error the span has the type alone: its message
 * may hold what was sent.
 * @param isAnswer which errors are no failure of the call
 */
export async function inSpan<T>(
  span: Span,
  work: () => Promise<T>,
  isAnswer: (error: unknown) => boolean = () => false,
): Promise<T> {
  try {
    return await contexts.with(trace.setSpan(contexts.active(), span), work);
  } catch (error) {
    const { type, name } = Object(error) as { readonly type?: string | null; readonly name?: string };
    span.setAttribute('error.type', type ?? name ?? 'Error');
    if (!isAnswer(error)) span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
