/** One value that cannot be right. */
export interface InputProblem {
  /** Path of the input at fault, such as `policy.poll.first`. */
  readonly field: string;
  /** What would have been right, as a noun phrase. */
  readonly expected: string;
  readonly received: unknown;
}

/** A request that cannot be carried out as it stands. The message names each problem: what was expected and what came. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  readonly code = 'invalid_request';
  readonly problems: readonly InputProblem[];

  /** The first problem is the one of `field`; `more` are the others that were found. */
  constructor(
    readonly field: string,
    expected: string,
    received: unknown,
    more: readonly InputProblem[] = [],
  ) {
    const problems = [{ field, expected, received }, ...more];
    super(problems.map(describeProblem).join(' '));
    this.problems = problems;
  }
}

export function describeProblem({ field, expected, received }: InputProblem): string {
  return `${field}: expected ${expected}, received ${inWords(received)}.`;
}

/** @throws InvalidRequestError that names all of them; nothing when there is none. */
export function refuseProblems([first, ...more]: readonly InputProblem[]): void {
  if (first !== undefined) throw new InvalidRequestError(first.field, first.expected, first.received, more);
}

function inWords(value: unknown): string {
  // JSON has no word for functions and symbols, which come from callers in the same process only.
  const text = (JSON.stringify(value) as string | undefined) ?? `a value of type ${typeof value}`;
  if (value === undefined) return 'nothing';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
