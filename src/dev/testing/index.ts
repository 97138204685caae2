// First: says what to install where optional dependencies were left out.
import '../require-stack-packages';

export { startTestStack } from './start-test-stack';
export type { TestConnection, TestStack, TestStackOptions } from './start-test-stack';
