import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { isConnectionId } from '../refresh/model/connection-id';
import type { EventMessage } from '../refresh/model/event';
import type { RefreshResult } from '../refresh/model/outcome';
import type { RefreshPolicyInput } from '../refresh/model/policy';
import { parseCallersRequest, refuseUnsatisfiable, termsOf } from '../refresh/input/parse-request';
import type { RefreshRequest } from '../refresh/model/request';
import { resolvePolicy } from '../refresh/input/parse-policy';
import { DEFAULT_TASK_QUEUE } from '../workflows/messages';
import { RefreshNotFoundError } from './errors';
import { workflowIdOf } from './ids';
import { listAll, listPage, type Paging, type RefreshPage } from './list-refreshes';
import { prepareRequest } from './start/prepare-request';
import { answerForCaller } from './answer-for-caller';
import { describeInPlace, describeRun, readRun } from './read-run';
import {
  refreshCustomer,
  type ConnectionDisposition,
  type ConnectionLister,
  type CustomerRefreshRequest,
} from './refresh-customer';
import type { RefreshDescription } from './refresh-description';
import { startOrJoin, type StartOrJoinDeps } from './start/start-or-join';
import { makeTemporalRpc, type TemporalRpc } from './temporal-rpc';
import type { RefreshFilter } from './visibility-query';
import { waitForEnd, waitForResult, type WaitOptions } from './wait-for-end';

export interface RefreshClientOptions {
  readonly client: Client;
  /** Default `meld-refresh`. */
  readonly taskQueue?: string;
  /** The configured policy; a request's own fields go over it. */
  readonly policy?: RefreshPolicyInput;
  /** The deadline of every single call to Temporal. Default 10,000. */
  readonly callTimeoutMs?: number;
  /**
   * How long a request waits for a run that was canceled while Meld had its charged call. Default: as long as that call
   * can take, some 105 s at most; then, and after 5 s in any case, RefreshContendedError.
   */
  readonly cancelWaitMs?: number;
  /** Epoch milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

/** One request's part in a run. */
export interface RefreshHandle {
  readonly connectionId: string;
  readonly runId: string;
  readonly disposition: 'started' | 'joined';
  /** What the run's result means for this request: its products, its `freshSince`. */
  forCaller(result: RefreshResult): RefreshResult;
  /** As `RefreshClient.result`, of this run, as `forCaller` tells it. */
  result(options?: Omit<WaitOptions, 'runId'>): Promise<RefreshResult>;
  /** As it is now; where an operator has reset it, the run in its place. @throws RefreshNotFoundError once Temporal's retention has passed. */
  progress(): Promise<RefreshDescription>;
  /** Cancels the run for everyone who joined it. */
  cancel(): Promise<CancelAnswer>;
}

export type CancelAnswer = 'requested' | 'not_running';

const CALL_TIMEOUT_MS = 10_000;

/**
 * Refreshes as a backend asks for them, waits for them and reads them. Needs a Temporal client, no worker, no
 * Meld key. Every method throws TemporalUnavailableError within the deadline when Temporal does not answer,
 * TemporalRejectedError when it refuses, and InvalidRequestError for input that cannot be right.
 */
export class RefreshClient {
  private readonly calls: TemporalRpc;
  private readonly startOrJoin: StartOrJoinDeps;
  private readonly policy: RefreshPolicyInput;

  /** @throws InvalidRequestError when the configured policy is wrong. */
  constructor({ client, taskQueue, policy, callTimeoutMs, cancelWaitMs, now }: RefreshClientOptions) {
    resolvePolicy(policy);
    this.calls = makeTemporalRpc(client, callTimeoutMs ?? CALL_TIMEOUT_MS);
    this.startOrJoin = {
      calls: this.calls,
      taskQueue: taskQueue ?? DEFAULT_TASK_QUEUE,
      now: now ?? Date.now,
      ...(cancelWaitMs !== undefined && { cancelWaitMs }),
    };
    this.policy = policy ?? {};
  }

  /**
   * Starts a refresh, or joins the one that is open for the connection. With an `idempotencyKey` calling it again is
   * safe at any time within 24 hours; without one as long as the run is open.
   * @throws ProductNotAvailableError, IdempotencyConflictError, RefreshContendedError, RefreshStuckError
   */
  async refresh(request: RefreshRequest): Promise<RefreshHandle> {
    const own = this.prepared(request);
    const { connectionId } = own;
    const got = await startOrJoin(this.startOrJoin, own);
    const { runId, disposition } = got;
    const forCaller = (result: RefreshResult): RefreshResult => answerForCaller(result, own, got);
    return {
      connectionId,
      runId,
      disposition,
      forCaller,
      result: async (options) => forCaller(await this.result(connectionId, { ...options, runId })),
      progress: async () => {
        const description = await describeInPlace(this.calls, connectionId, runId);
        if (description === null) throw new RefreshNotFoundError(connectionId, runId);
        return description;
      },
      cancel: () => this.cancel(connectionId, runId),
    };
  }

  /** The connection's latest run, open or not; `null` when none is known. */
  latest(connectionId: string): Promise<RefreshDescription | null> {
    return describeRun(this.calls, connectionId);
  }

  /** That run; `null` when it is not known. */
  describe(connectionId: string, runId: string): Promise<RefreshDescription | null> {
    return describeRun(this.calls, connectionId, runId);
  }

  /**
   * The run once it has ended, or as it is when `timeoutMs` have passed or `signal` aborts; `null` when none is known.
   * Costs Temporal a few requests a minute, however long it takes. Of a run that an operator resets: the one in its place.
   */
  wait(connectionId: string, options: WaitOptions = {}): Promise<RefreshDescription | null> {
    return waitForEnd(this.calls, connectionId, options);
  }

  /** @throws ResultNotReadyError after `timeoutMs` or when `signal` aborts; RefreshNotFoundError, RefreshCanceledError, RefreshFailedError */
  result(connectionId: string, options: WaitOptions = {}): Promise<RefreshResult> {
    return waitForResult(this.calls, connectionId, options);
  }

  /** Asks the open run, or that one, to stop; it ends soon after. `not_running` also when none is known. */
  async cancel(connectionId: string, runId?: string): Promise<CancelAnswer> {
    const { client, rpc } = this.calls;
    // Temporal says yes to canceling a run that has ended: only a read tells.
    const run = await readRun(this.calls, connectionId, runId);
    if (run?.description.state !== 'running') return 'not_running';
    const workflow = client.workflow.getHandle(workflowIdOf(connectionId), run.description.runId);
    const requested = await unlessNotFound(rpc('cancel the refresh', () => workflow.cancel()));
    return requested ? 'requested' : 'not_running';
  }

  /** One page of the refreshes that match, newest first. */
  listPage(filter: RefreshFilter = {}, paging: Paging = {}): Promise<RefreshPage> {
    return listPage(this.calls, filter, paging);
  }

  /** All refreshes that match, fetched page by page. */
  list(filter: RefreshFilter = {}, paging: Pick<Paging, 'pageSize'> = {}): AsyncIterable<RefreshDescription> {
    return listAll(this.calls, filter, paging);
  }

  /** Starts or joins a refresh of each of the customer's connections; `connections` says which those are. */
  async refreshCustomer(
    customerId: string,
    request: CustomerRefreshRequest,
    connections: ConnectionLister,
  ): Promise<readonly ConnectionDisposition[]> {
    // A wrong request is one error, and not one for each connection, of which there may be none.
    this.prepared({ ...request, customerId, connectionId: 'any' });
    return refreshCustomer({ connections, refresh: (one) => this.refresh(one) }, customerId, request);
  }

  private prepared(request: RefreshRequest): RefreshRequest {
    const prepared = prepareRequest(parseCallersRequest(request), this.policy);
    const nowMs = this.startOrJoin.now();
    // Of a join the run itself would take it for one that names no `freshSince`.
    refuseUnsatisfiable(prepared, termsOf(prepared, nowMs, resolvePolicy(prepared.policy), 'started'));
    return prepared;
  }

  /** Signals an event of Meld's to the open refresh of the connection, if there is one. */
  async signal(connectionId: string, message: EventMessage): Promise<'delivered' | 'no_open_refresh'> {
    // Nothing can be open for an id that no connection can have.
    if (!isConnectionId(connectionId)) return 'no_open_refresh';
    const { client, rpc } = this.calls;
    const delivered = await unlessNotFound(
      rpc('signal the refresh', () =>
        client.workflow.getHandle(workflowIdOf(connectionId)).signal(message.signal, message.payload),
      ),
    );
    return delivered ? 'delivered' : 'no_open_refresh';
  }

  /**
   * Wait for this before closing Temporal's connection: the SDK retries a call for seconds after it was given up,
   * and a retry on a closed connection would throw where nobody can catch it.
   */
  drained(): Promise<void> {
    return this.calls.drained();
  }
}

async function unlessNotFound(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
