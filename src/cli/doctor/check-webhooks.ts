import type { Config } from '../../config';
import { verifyWebhookSignature } from '../../meld/webhooks/verify-signature';
import { check, note, ok, wrong, type CheckResult } from './check-result';

/** Where the server takes Meld's webhooks. */
const PATH = '/webhooks/meld';

/** Whether Meld could deliver webhooks to the configured URL, as far as its text tells. */
export function checkWebhookUrl(webhooks: Config['webhooks']): Promise<CheckResult> {
  return check('webhook URL', () => {
    if (webhooks === null) {
      const remedy = 'To receive webhooks: MELD_WEBHOOK_URL and MELD_WEBHOOK_SECRETS';
      return note(`none, so refreshes find their data by polling. ${remedy}`);
    }
    const { url } = webhooks;
    const { protocol, hostname, pathname, hash } = new URL(url);
    const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
    if (hash !== '') return wrong(`${url} has a fragment. Copy it from the Meld webhook profile`);
    if (local) return note(`${url} is this machine: only a simulated Meld delivers there`);
    if (protocol !== 'https:')
      return wrong(`${url} is not https, and the bodies name customers. Serve it over https`);
    return pathname.replace(/\/$/, '') === PATH
      ? ok(url)
      : note(`${url} does not end in ${PATH}, where the server listens: a proxy must send it there`);
  });
}

/** Meld's own published example (Meld, "Webhook authentication"). */
const EXAMPLE = {
  secrets: ['42m4NMLS34WQ6BbMfo1KFKqMv4hy'],
  url: 'https://example.meld.io/webhooks',
  timestamp: '2022-05-26T20:25:17.682818Z',
  rawBody:
    '{"eventType":"WEBHOOK_TEST","eventId":"GDtv8pQgwzc9HuFFBQFrww","timestamp":"2022-05-26T20:23:45.908400Z",' +
    '"accountId":"W9jpQc1HKvwscqMPcLmzUS","profileId":null,"version":"2021-10-27",' +
    '"payload":{"requestId":"7aWW1GXTjWCCtNubzvVX7V"}}',
  signature: 'O4bN5E0U9s88l2DFc0kjt-0w3LLA3Zkv8hXhafc22Hg=',
} as const;

/** Whether this installation takes a signature that is right, and refuses one that is not. */
export function checkSignature(): Promise<CheckResult> {
  return check('signatures', () => {
    const nowMs = Date.parse(EXAMPLE.timestamp);
    const takes = (rawBody: string) => verifyWebhookSignature({ ...EXAMPLE, rawBody, nowMs }).verified;
    return takes(EXAMPLE.rawBody) && !takes(EXAMPLE.rawBody.replace('TEST', 'BEST'))
      ? ok("Meld's published example verifies")
      : wrong("Meld's published example does not verify: this installation is broken. Install it again");
  });
}
