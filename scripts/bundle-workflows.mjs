import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

// The second for workers that encrypt: what a failure says must be part of the bundle's own conversion.
const bundles = {
  'workflow-bundle.js': {},
  'workflow-bundle.encoded-failures.js': {
    failureConverterPath: path.join(dist, 'temporal', 'failure-converter.js'),
  },
};
const workflowsPath = path.join(dist, 'workflows', 'workflows.js');
for (const [file, options] of Object.entries(bundles)) {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    // Evaluated once for all runs: no module here keeps anything of a run.
    preloadModules: [workflowsPath],
    payloadConverterPath: path.join(dist, 'temporal', 'payload-converter.js'),
    logger: new DefaultLogger('WARN'),
    ...options,
  });
  await writeFile(path.join(dist, file), code);
}
