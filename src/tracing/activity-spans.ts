import type { Span, SpanOptions } from '@opentelemetry/api';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { CONNECTION_ID, inSpan, logFields, RUN_ID } from './spans';

/** Starts a span without a parent; `traceId` left `null`: in a trace of its own. */
type StartRoot = (traceId: string | null, name: string, options: SpanOptions) => Span;

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;

/**
 * A span for each attempt of an activity. The workflow has no interceptor that could bring the trace of a request here
 * (it would cost each cached run 256 kB), and serves several requests: so a run is a trace of its own, whose id is the
 * run id without its hyphens.
 */
export function traceActivities(startRoot: StartRoot): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      execute(input, next) {
        const { runId = '' } = info.workflowExecution ?? {};
        const traceId = runId.replaceAll('-', '');
        const [argument] = input.args as readonly { readonly connectionId?: unknown }[];
        const { connectionId } = Object(argument) as { readonly connectionId?: unknown };
        const span = startRoot(TRACE_ID.test(traceId) ? traceId : null, `RunActivity:${info.activityType}`, {
          attributes: {
            [RUN_ID]: runId,
            ...(typeof connectionId === 'string' && { [CONNECTION_ID]: connectionId }),
            'temporal.activity.attempt': info.attempt,
          },
        });
        return inSpan(span, async () => {
          const result = await next(input);
          const { answer, read } = Object(result) as { readonly answer?: unknown; readonly read?: unknown };
          const what = answer ?? read;
          if (typeof what === 'string') span.setAttribute('meld.answer', what);
          return result;
        });
      },
    },
    outbound: {
      getLogAttributes: (input, next) => ({ ...next(input), ...logFields() }),
    },
  });
}
