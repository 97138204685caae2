import { once } from 'node:events';
import type { ReadStream } from 'node:tty';

/** Resolves when a person presses a key, Ctrl-C included. */
export async function untilKey(keyboard: ReadStream, signal: AbortSignal): Promise<void> {
  keyboard.setRawMode(true);
  keyboard.resume();
  try {
    await once(keyboard, 'data', { signal });
  } finally {
    keyboard.setRawMode(false);
    keyboard.pause();
  }
}
