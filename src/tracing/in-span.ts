import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';

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
    return await context.with(trace.setSpan(context.active(), span), work);
  } catch (error) {
    const { type, name } = Object(error) as { readonly type?: string | null; readonly name?: string };
    span.setAttribute('error.type', type ?? name ?? 'Error');
    if (!isAnswer(error)) span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
