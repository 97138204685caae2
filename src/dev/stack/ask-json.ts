import { request } from 'undici';

interface Question {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * The JSON that a URL answers with.
 * @throws Error with status and answer when the status is 300 or more
 */
export async function askJson(
  url: string,
  { method = 'GET', body, signal }: Question = {},
): Promise<unknown> {
  const answer = await request(url, {
    method,
    signal,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${text}`);
  return JSON.parse(text);
}
