import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

const { code } = await bundleWorkflowCode({
  workflowsPath: path.join(dist, 'workflows', 'workflows.js'),
  logger: new DefaultLogger('WARN'),
});
await writeFile(path.join(dist, 'workflow-bundle.js'), code);
