import { Client, DecoratorHandler, type Dispatcher } from 'undici';

/**
 * A connection of its own for a request that must not be sent twice, nor be lost in a kept-alive socket that the
 * other side has just closed.
 */
export function ownConnection(origin: string, connectTimeoutMs: number) {
  const client = new Client(origin, {
    pipelining: 0,
    connectTimeout: connectTimeoutMs,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const sending = { began: false };
  return {
    dispatcher: client.compose(
      (dispatch) => (options, handler) => dispatch(options, new SendOnceHandler(handler, sending)),
    ),
    /** Whether the request began to be written. */
    wasSent: (): boolean => sending.began,
    /** Afterwards nothing can be sent any more. */
    destroy: (): Promise<void> => client.destroy(),
  };
}

/**
 * undici calls `onConnect` once a connection stands (TLS included), right before it writes the request, and once
 * more if it were to send it again.
 */
class SendOnceHandler extends DecoratorHandler implements Dispatcher.DispatchHandlers {
  constructor(
    private readonly handler: Dispatcher.DispatchHandlers,
    private readonly sending: { began: boolean },
  ) {
    super(handler);
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.sending.began) {
      abort(new Error('this request was sent before'));
      return;
    }
    this.sending.began = true;
    this.handler.onConnect?.(abort);
  }
}
