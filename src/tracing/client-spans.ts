import { context, SpanKind, type Span, type Tracer } from '@opentelemetry/api';
import { WorkflowNotFoundError, type WorkflowClientInterceptor } from '@temporalio/client';
import { inSpan, requestAttributes, RUN_ID } from './spans';

/** Spans for what the client asks Temporal, named as Temporal's own SDKs name them. No header travels with the call. */
export function traceCalls(tracer: Tracer): WorkflowClientInterceptor {
  const isAnswer = (error: unknown): boolean => error instanceof WorkflowNotFoundError;
  const traced = <T>(name: string, call: (span: Span) => Promise<T>): Promise<T> => {
    const attributes = requestAttributes(context.active());
    const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
    return inSpan(span, () => call(span), isAnswer);
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
