import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

const silent = (): void => undefined;

/** The workflow code as it stands in `src`, bundled once for each test file. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  const workflowsPath = require.resolve('../../src/workflows/workflows');
  bundle ??= bundleWorkflowCode({
    workflowsPath,
    preloadModules: [workflowsPath],
    payloadConverterPath: require.resolve('../../src/temporal/payload-converter'),
    logger: { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent },
  });
  return bundle;
}
