import { reasonOf } from '../../lib/reason-of';

type Attempt<T> = { readonly done: true; readonly value: T } | { readonly done: false; readonly why: string };

/** What came of it, or why nothing did, in the words of the error. Never throws. */
export async function tryTo<T>(act: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { done: true, value: await act() };
  } catch (error) {
    return { done: false, why: reasonOf(error) };
  }
}
