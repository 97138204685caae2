import { providerDetails, type ConnectionState } from '../state/connection';
import { toInstant } from '../time/instant';
import type { Random } from '../state/random';

/** The webhook envelope. Its JSON text is made once, so every copy and retry carries the same bytes. */
export interface WebhookEvent {
  readonly eventType: string;
  readonly eventId: string;
  readonly timestamp: string;
  readonly accountId: string;
  readonly profileId: string | null;
  readonly version: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface Happened {
  readonly eventType: string;
  readonly connection: ConnectionState | null;
  readonly atMs: number;
  readonly eventId?: string | undefined;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
}

export type MakeEvent = ReturnType<typeof makeEventMaker>;

export function makeEventMaker({ random, accountId }: { random: Random; accountId: string }) {
  return ({ eventType, connection, atMs, eventId = random.id(), payload }: Happened): WebhookEvent => ({
    eventType,
    eventId,
    timestamp: toInstant(atMs),
    accountId,
    profileId: null,
    version: '2023-12-19',
    payload: {
      ...(connection && {
        connectionId: connection.id,
        customerId: connection.customerId,
        externalCustomerId: connection.externalCustomerId,
        institutionId: connection.institutionId,
        institutionName: connection.institutionName,
        serviceProviderDetails: providerDetails(connection),
      }),
      requestId: random.id(),
      ...payload,
    },
  });
}
