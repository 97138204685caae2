import { loadConfig } from '../../config';
import { EXIT } from '../exit-codes';
import { attempt } from './attempt';
import { checkMeld } from './check-meld';
import { checkTemporalSide } from './check-temporal-side';
import { checkSignature, checkWebhookUrl } from './check-webhooks';
import type { Finding } from './finding';

/** Everything that refreshes stand on, one finding each. Never throws. */
export async function examine(env: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const about = 'configuration';
  const loaded = await attempt(() => loadConfig(env));
  // Temporal is configured apart from the rest: it can be looked at in any case.
  if (!loaded.done) {
    const wrong: Finding = { about, verdict: 'wrong', text: loaded.why, code: EXIT.usage };
    return [wrong, ...(await checkTemporalSide(env, null)), checkSignature()];
  }
  const { meld, webhooks, temporal } = loaded.value;
  return [
    { about, verdict: 'ok', text: 'every variable that is set can be read', code: EXIT.usage },
    ...(await checkTemporalSide(env, temporal.taskQueue)),
    await checkMeld(meld),
    checkWebhookUrl(webhooks),
    checkSignature(),
  ];
}
