import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between the worker and Temporal, so that the worker can lose Temporal and nothing else. */
export interface CuttableProxy {
  readonly address: string;
  /** Ends all connections, and takes no new ones. @returns how many it ended */
  cut(): number;
  restore(): void;
  close(): Promise<void>;
}

export async function startCuttableProxy(targetPort: number): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((inward) => {
    if (isCut) {
      inward.destroy();
      return;
    }
    const outward = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    inward.pipe(outward);
    outward.pipe(inward);
  });
  const endAll = (): number => {
    const ended = sockets.size / 2;
    for (const socket of sockets) socket.destroy();
    return Math.ceil(ended);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    cut: () => {
      isCut = true;
      return endAll();
    },
    restore: () => {
      isCut = false;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      endAll();
      await closed;
    },
  };
}
