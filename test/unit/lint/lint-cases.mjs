// Reads `[{ file, code }]` from standard input and prints the messages ESLint has for each. ESLint's configuration
// is an ES module, which Jest cannot load, so the test runs this file in a process of its own.
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const cases = JSON.parse(await text(process.stdin));
// Cycles are looked for through the whole project at each case, and none of the cases is one.
const eslint = new ESLint({ overrideConfig: { rules: { 'import-x/no-cycle': 'off' } } });
const answers = [];
for (const { file, code } of cases) {
  const [result] = await eslint.lintText(code, { filePath: file });
  answers.push(result.messages.map(({ ruleId, message }) => ({ ruleId, message })));
}
process.stdout.write(JSON.stringify(answers));
