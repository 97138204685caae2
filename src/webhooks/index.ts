export { makeMeldWebhookHandler } from './meld-webhook-handler';
export type { MeldWebhookHandlerOptions } from './meld-webhook-handler';
export { makeReceiveMeldWebhook } from './receive-meld-webhook';
export type { MeldWebhook, MeldWebhookOptions, MeldWebhookReceipt } from './receive-meld-webhook';
export type { HeaderValue } from '../meld/webhooks/verify-signature';
