import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readMnist } from '../../src/network/files.ts';
import { PARTS } from './parts.ts';

/**
 * `npm run case-study -- PART… --data DIR`: trains what docs/case-study.md tells of, from MNIST's files in DIR (or in
 * the folder that MNIST names), and keeps the results in docs/case-study/PART.json. Without a part, all of them.
 */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { data: { type: 'string' } } });
const folder = values.data ?? process.env['MNIST'];
const chosen = positionals.length > 0 ? positionals : Object.keys(PARTS);
const unknown = chosen.filter(part => !Object.hasOwn(PARTS, part));
if (unknown.length > 0 || folder === undefined) {
  console.error(`usage: npm run case-study -- [${Object.keys(PARTS).join(' | ')}]… --data DIR`);
  process.exit(2);
}

/** To five places. */
const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);

const data = await readMnist(folder);
for (const part of chosen) {
  const results = await PARTS[part]({ data, tell: line => console.log(line) });
  await writeFile(
    new URL(`../../docs/case-study/${part}.json`, import.meta.url),
    `${JSON.stringify(results, rounded)}\n`,
  );
}
