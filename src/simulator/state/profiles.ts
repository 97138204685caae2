import { z } from 'zod';
import { MeldError, parseInput } from '../meld-error';
import type { Random } from './random';

export const webhookUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' });
const name = z.string().min(1).max(200);
const eventTypes = z.array(z.string().min(1).max(200)).max(100);
const eventVersion = z.string().min(1).max(50);

const newProfile = z.object({
  name: name.default('webhooks'),
  url: webhookUrl,
  /** Empty: all. */
  eventTypes: eventTypes.default([]),
  eventVersion: eventVersion.default('2023-12-19'),
});
const profileChange = z.object({
  name: name.optional(),
  url: webhookUrl.optional(),
  eventTypes: eventTypes.optional(),
  eventVersion: eventVersion.optional(),
});

/** A webhook profile: where events go, which, and the secret that signs them. */
export type Profile = z.output<typeof newProfile> & {
  readonly id: string;
  readonly secret: string;
  /** Where the request really goes when a proxy stands between; the signature covers `url`. */
  readonly deliverTo: string;
};

export interface Profiles {
  create(input: unknown): Profile;
  /** @throws MeldError 404 */
  change(id: string, input: unknown): Profile;
  get(id: string): Profile;
  all(): Profile[];
  /** Replaces the one target that was configured at the start. */
  setTarget(target: { readonly url: string; readonly secret: string; readonly deliverTo?: string }): void;
}

const CONFIGURED = 'configured';

export function makeProfiles({ random }: { random: Random }): Profiles {
  const byId = new Map<string, Profile>();
  const keep = (profile: Profile): Profile => {
    byId.set(profile.id, profile);
    return profile;
  };
  const get = (id: string): Profile => {
    const profile = byId.get(id);
    if (!profile) throw new MeldError(404, 'There is no webhook profile of that id.');
    return profile;
  };

  return {
    create(input) {
      const fields = parseInput(newProfile, input);
      return keep({ ...fields, id: random.id(), secret: random.id(), deliverTo: fields.url });
    },
    change(id, input) {
      const before = get(id);
      const change = parseInput(profileChange, input);
      return keep({
        ...before,
        name: change.name ?? before.name,
        url: change.url ?? before.url,
        deliverTo: change.url ?? before.deliverTo,
        eventTypes: change.eventTypes ?? before.eventTypes,
        eventVersion: change.eventVersion ?? before.eventVersion,
      });
    },
    get,
    all: () => [...byId.values()],
    setTarget({ url, secret, deliverTo = url }) {
      parseInput(webhookUrl, url);
      parseInput(webhookUrl, deliverTo);
      keep({ ...newProfile.parse({ url }), id: CONFIGURED, secret, deliverTo });
    },
  };
}
