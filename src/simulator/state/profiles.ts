import { z } from 'zod';
import { orNotFound, parseInput } from '../meld-error';
import type { Random } from './random';

export const webhookUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' });

const profileFields = z.object({
  name: z.string().min(1).max(200),
  url: webhookUrl,
  /** Empty: all. */
  eventTypes: z.array(z.string().min(1).max(200)).max(100),
  eventVersion: z.string().min(1).max(50),
});
const anyFields = z.looseObject({});
const DEFAULTS = { name: 'webhooks', eventTypes: [], eventVersion: '2023-12-19' };

/** A webhook profile: where events go, which, and the secret that signs them. */
export type Profile = z.output<typeof profileFields> & {
  readonly id: string;
  readonly secret: string;
  /** Where the request really goes when a proxy stands between; the signature covers `url`. */
  readonly deliverTo: string;
};

export type Profiles = ReturnType<typeof makeProfiles>;

const CONFIGURED = 'configured';

export function makeProfiles({ random }: { random: Random }) {
  const byId = new Map<string, Profile>();
  const keep = (profile: Profile): Profile => {
    byId.set(profile.id, profile);
    return profile;
  };
  /** @throws MeldError 404 */
  const get = (id: string): Profile => orNotFound(byId.get(id), 'There is no webhook profile of that id.');

  return {
    create(input: unknown): Profile {
      const fields = parseInput(profileFields, { ...DEFAULTS, ...parseInput(anyFields, input) });
      return keep({ ...fields, id: random.id(), secret: random.id(), deliverTo: fields.url });
    },
    change(id: string, input: unknown): Profile {
      const before = get(id);
      const change = parseInput(anyFields, input);
      const fields = parseInput(profileFields, { ...before, ...change });
      return keep({ ...before, ...fields, deliverTo: 'url' in change ? fields.url : before.deliverTo });
    },
    get,
    all: () => [...byId.values()],
    /** Replaces the one target that was configured at the start. */
    setTarget(url: string, secret: string, deliverTo = url): void {
      parseInput(webhookUrl, url);
      parseInput(webhookUrl, deliverTo);
      keep({ ...DEFAULTS, url, id: CONFIGURED, secret, deliverTo });
    },
  };
}
