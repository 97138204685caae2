import type { Client } from '@temporalio/client';
import type { Outcome, RefreshResult } from '../refresh/outcome';
import type { RefreshPolicyInput } from '../refresh/policy';
import type { RefreshRequest } from '../refresh/request';
import type { EventSignal, StatusSignal } from '../workflows/messages';
import type { RefreshClientError } from './errors';
import type { RefreshDescription, RefreshState } from './refresh-description';

export interface RefreshClientOptions {
  readonly client: Client;
  /** Default `meld-refresh`. */
  readonly taskQueue?: string;
  /** The configured policy; a request's own fields go over it. */
  readonly policy?: RefreshPolicyInput;
  /** The deadline of every single call to Temporal. Default 10,000. */
  readonly callTimeoutMs?: number;
  /** Epoch milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

export interface RefreshHandle {
  readonly connectionId: string;
  readonly runId: string;
  readonly disposition: 'started' | 'joined';
  result(options?: { readonly timeoutMs?: number }): Promise<RefreshResult>;
  progress(): Promise<RefreshDescription>;
  cancel(): Promise<CancelAnswer>;
}

export type CancelAnswer = 'requested' | 'not_running';

/** What a Meld webhook tells an open refresh. */
export type EventMessage =
  | { readonly signal: 'accountsUpdated' | 'transactionsAggregated'; readonly payload: EventSignal }
  | { readonly signal: 'connectionStatusChanged'; readonly payload: StatusSignal };

export interface RefreshFilter {
  readonly state?: RefreshState;
  readonly outcome?: Outcome;
  readonly customerId?: string;
  readonly provider?: string;
}

export interface RefreshPage {
  readonly refreshes: readonly RefreshDescription[];
  /** Left out on the last page. */
  readonly nextPageToken?: string;
}

/** The ids of a customer's connections, each once. */
export type ConnectionLister = (customerId: string) => Promise<readonly string[]>;

/** What to ask of every connection of a customer. */
export type CustomerRefreshRequest = Omit<RefreshRequest, 'connectionId' | 'customerId' | 'notBefore'>;

export type ConnectionDisposition =
  | { readonly connectionId: string; readonly disposition: 'started' | 'joined'; readonly runId: string }
  | { readonly connectionId: string; readonly disposition: 'failed'; readonly error: RefreshClientError };

/** Refreshes as a backend asks for them, waits for them and looks at them, over one Temporal client. */
export class RefreshClient {
  constructor(private readonly options: RefreshClientOptions) {}

  refresh(_request: RefreshRequest): Promise<RefreshHandle> {
    return this.missing();
  }
  latest(_connectionId: string): Promise<RefreshDescription | null> {
    return this.missing();
  }
  describe(_connectionId: string, _runId: string): Promise<RefreshDescription | null> {
    return this.missing();
  }
  wait(
    _connectionId: string,
    _options: { readonly timeoutMs: number; readonly runId?: string },
  ): Promise<RefreshDescription | null> {
    return this.missing();
  }
  cancel(_connectionId: string): Promise<CancelAnswer> {
    return this.missing();
  }
  listPage(
    _filter: RefreshFilter,
    _paging?: { readonly pageSize?: number; readonly pageToken?: string },
  ): Promise<RefreshPage> {
    return this.missing();
  }
  list(_filter?: RefreshFilter, _paging?: { readonly pageSize?: number }): AsyncIterable<RefreshDescription> {
    throw new Error(`not there yet for ${this.options.taskQueue ?? ''}`);
  }
  refreshCustomer(
    _customerId: string,
    _request: CustomerRefreshRequest,
    _connections: ConnectionLister,
  ): Promise<readonly ConnectionDisposition[]> {
    return this.missing();
  }
  signal(_connectionId: string, _message: EventMessage): Promise<'delivered' | 'no_open_refresh'> {
    return this.missing();
  }

  private missing(): Promise<never> {
    return Promise.reject(new Error('not there yet'));
  }
}
