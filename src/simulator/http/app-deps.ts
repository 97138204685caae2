import type { Controls } from '../controls';
import type { Meld } from '../meld';
import type { SearchOrder } from '../calls/search';

/** What the routes work with. */
export interface AppDeps {
  readonly meld: Meld;
  readonly controls: Controls;
  readonly apiKey: string;
  readonly searchOrder: SearchOrder;
  readonly setTarget: (target: { url: string; secret?: string; deliverTo?: string }) => void;
}
