// Loaded into each thread of the worker: on SIGUSR2, which only the main thread gets, all of them collect their garbage
// and say how much of V8's heap is still in use.
const { BroadcastChannel, isMainThread, threadId } = require('node:worker_threads');
const { getHeapStatistics } = require('node:v8');

const collect = () => {
  globalThis.gc();
  const heap = { threadId, usedBytes: getHeapStatistics().used_heap_size };
  process.stdout.write(`collected ${JSON.stringify(heap)}\n`);
};

const channel = new BroadcastChannel('collect-garbage');
channel.onmessage = collect;
channel.unref();
if (isMainThread) {
  process.on('SIGUSR2', () => {
    channel.postMessage(null);
    collect();
  });
}
