import { request } from 'undici';

/** Of a connection, as the floor needs it. */
export interface Read {
  readonly status: string;
  readonly successfullyAggregatedAt: string | null;
}

const URL = `${process.env['MELD_BASE_URL']}/bank-linking/connections`;
const headers = { authorization: `BASIC ${process.env['MELD_API_KEY']}`, 'content-type': 'application/json' };

export async function readConnection({ connectionId }: { connectionId: string }): Promise<Read> {
  const { statusCode, body } = await request(`${URL}/${connectionId}`, { headers });
  const { status, successfullyAggregatedAt } = (await body.json()) as Read;
  if (statusCode !== 200) throw new Error(`read: ${statusCode}`);
  return { status, successfullyAggregatedAt };
}

export async function requestRefresh({
  connectionId,
}: {
  connectionId: string;
}): Promise<{ accepted: boolean }> {
  const { statusCode, body } = await request(`${URL}/${connectionId}/refresh`, {
    method: 'POST',
    headers,
    body: '{}',
  });
  await body.dump();
  return { accepted: statusCode === 200 };
}
