export type { Activities } from './activities';
export { createActivities } from './create-activities';
export type { ActivityDependencies } from './create-activities';
export type { OutcomeWebhook } from './deliver-outcome';
export { makeMeldClient } from '../meld/meld-client';
export type { MeldClient, MeldClientOptions } from '../meld/meld-client';
