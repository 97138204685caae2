import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Span, Tracer } from '@opentelemetry/api';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { requestAttributes, RUN_ID } from './attributes';

/** Spans for what the client asks Temporal, named as Temporal's own SDKs name them. No header travels with the call. */
export function traceCalls(tracer: Tracer): WorkflowClientInterceptor {
  const traced = async <T>(name: string, call: (span: Span) => Promise<T>): Promise<T> => {
    const parent = context.active();
    const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: requestAttributes(parent) });
    try {
      return await context.with(trace.setSpan(parent, span), () => call(span));
    } catch (error) {
      const { name: errorType = 'Error' } = Object(error) as { readonly name?: string };
      // The message may hold what was sent. That there is no such run is an answer.
      span.setAttribute('error.type', errorType);
      if (!(error instanceof WorkflowNotFoundError)) span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  };
  const setRun = (span: Span, runId: string | null | undefined): void => {
    if (runId) span.setAttribute(RUN_ID, runId);
  };
  return {
    startWithDetails: (input, next) =>
      traced(`StartWorkflow:${input.workflowType}`, async (span) => {
        const started = await next(input);
        setRun(span, started.runId);
        return started;
      }),
    signal: (input, next) =>
      traced(`SignalWorkflow:${input.signalName}`, (span) => {
        setRun(span, input.workflowExecution.runId);
        return next(input);
      }),
    cancel: (input, next) =>
      traced('CancelWorkflow', (span) => {
        setRun(span, input.workflowExecution.runId);
        return next(input);
      }),
    describe: (input, next) =>
      traced('DescribeWorkflow', async (span) => {
        const described = await next(input);
        setRun(span, described.workflowExecutionInfo?.execution?.runId);
        return described;
      }),
  };
}
