// All that the bundle holds: put workflows of your own beside these two.
export { deliverOutcome, refreshConnection } from 'meld-refresh/workflows';
