import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Audit } from '../src/audit/audit.ts';
import { built } from './built.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const readme = read('README.md');

let main = '';

beforeAll(() => {
  main = built();
}, 60_000);

/** What a command of the README prints on standard output, however it ends. */
async function printed(command: string): Promise<string> {
  const [node, script] = [process.execPath, main].map(path => `"${path}"`);
  const line = command.replace(/^npx gradcheck/, `${node} ${script}`);
  const env = { ...process.env, NO_COLOR: '1' };
  const run = promisify(execFile)('sh', ['-c', line], { cwd: root, env });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return stdout.trimEnd();
}

/** The tables below a file's headings, each under its heading's words in bold. */
function tablesOf(markdown: string): string {
  const sections = markdown.split(/^## /m).slice(1);
  return sections.map(section => `**${section.replace('\n', '**\n').trimEnd()}`).join('\n\n');
}

/** The README with every block that it says is made by a file or a command made anew. */
async function rendered(text: string): Promise<string> {
  let result = text.replace(
    /(<!-- file: (.+) -->\n```\w+\n)[^]*?(```)/g,
    (_, head: string, path: string, end: string) => `${head}${read(path)}${end}`,
  );
  result = result.replace(
    /(<!-- tables: (.+) -->\n)[^]*?(<!-- end -->)/g,
    (_, head: string, path: string, end: string) => `${head}\n${tablesOf(read(path))}\n\n${end}`,
  );
  for (const [block, head, command, end] of result.matchAll(/(<!-- run: (.+) -->\n```console\n)[^]*?(```)/g)) {
    result = result.replace(block, () => `${head}$ ${command}\n${outputs.get(command)}\n${end}`);
  }
  return result;
}

const commands = [...readme.matchAll(/<!-- run: (.+) -->/g)].map(([, command]) => command);
const outputs = new Map<string, string>();

describe('the README', () => {
  // With vitest -u the README is written anew.
  test('shows its files, outputs and figures as they are', async () => {
    for (const command of commands) outputs.set(command, await printed(command));
    await expect(await rendered(readme)).toMatchFileSnapshot('../README.md');
  });

  test('speaks of files that are there', () => {
    const named = [...readme.matchAll(/`((?:src|examples|fixtures|bench|docs|reports)\/[\w./-]+)`/g)];
    const missing = named
      .map(([, path]) => path)
      .filter(path => !path.startsWith('reports/') && !existsSync(root + path));
    expect(missing).toEqual([]);
  });

  test('counts what the audits found', () => {
    const rows = [
      ...readme.matchAll(/\]\((reports\/audits\/.+)\.md\) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|/g),
    ];
    expect(rows).toHaveLength(3);
    for (const [, report, ...counts] of rows) {
      const { entries } = JSON.parse(read(`${report}.json`)) as Audit;
      const verdicts = entries.filter(({ dtype }) => dtype === 'float64').map(({ verdict }) => verdict);
      const named = ['right', 'wrong', 'missing', 'throws'];
      const count = (of: string) => verdicts.filter(verdict => verdict === of).length;
      const other = verdicts.filter(verdict => !named.includes(verdict)).length;
      expect(counts.map(Number)).toEqual([...named.map(count), other]);
    }
  });

  test('speaks of scripts that the package has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script);
    expect(named.filter(script => !(script in scripts))).toEqual([]);
  });
});
