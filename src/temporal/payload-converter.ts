import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

/**
 * The SDK's own, except that a payload which it cannot read is `undefined`. It throws, and a signal in another encoding would
 * fail the workflow tasks of a run for ever; so the run takes it for a message that says nothing. The SDK loads it by
 * its path, into the workflow bundle as well, and looks for this name.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload: (payload) => {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch {
      return undefined as never;
    }
  },
};
