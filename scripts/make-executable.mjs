import { chmod } from 'node:fs/promises';

// npm sets the bit when it installs; a clone runs the file as it is built.
await chmod(new URL('../dist/cli/main.js', import.meta.url), 0o755);
