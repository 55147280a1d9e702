/**
 * What the usual rules say of the same layers and values: `npm run bench:rivals [-- WORD]`. Writes bench/rivals/RESULTS.md, unless a
 * word is given, which the names of the layers that are tried must have.
 */
import { writeFileSync } from 'node:fs';
import { casesOf } from '../../src/cases.ts';
import { LayerError } from '../../src/checks/subject.ts';
import { check, type CheckOptions, type Layer, layers } from '../../src/index.ts';
import { DEFAULT_SEED } from '../../src/run.ts';
import { rightByOtherConventions } from '../../test/faults/right.ts';
import { quantile, table } from '../calibration/table.ts';
import { furtherRows, tableRows } from '../diagnosis/rows.ts';
import { cs231n } from './cs231n.ts';
import { fastModeMisses } from './fastModeMisses.ts';
import { jax } from './jax.ts';
import { passOf, type Rule } from './pass.ts';
import { pytorchFast } from './pytorchFast.ts';
import { pytorchSlow } from './pytorchSlow.ts';
import { tinyDnn } from './tinyDnn.ts';

interface Candidate {
  readonly name: string;
  readonly layer: Layer;
  readonly options?: CheckOptions;
}

/** Inputs and outputs of a case together, up to which rules that go through every element are asked. */
const LARGE = 1000;

const [word = ''] = process.argv.slice(2);
const rules: readonly Rule[] = [pytorchSlow, pytorchFast, ...cs231n, tinyDnn, jax];
const sets: readonly (readonly [title: string, candidates: readonly Candidate[]])[] = [
  ['right layers', [...layers.map(layer => ({ name: layer.name, layer })), ...rightByOtherConventions]],
  ['the faults table', tableRows],
  ['further faults', furtherRows],
];

/** Whether a rule rejects a layer in any of its cases at ordinary values, and what that takes; undefined where all are too large. */
async function rejects(rule: Rule, { layer }: Candidate): Promise<{ wrong: boolean; evaluations: number } | undefined> {
  let evaluations = 0;
  let tried = 0;
  for (const kase of await casesOf(layer, DEFAULT_SEED)) {
    try {
      const { pass, subject } = await passOf(layer, kase, DEFAULT_SEED);
      const size = Object.values(pass.x).reduce((sum, { length }) => sum + length, pass.y.length);
      if (rule.elementwise && size > LARGE) continue;
      tried++;
      const accepted = await rule.accepts(pass);
      evaluations += subject.forwards + subject.vjps;
      if (!accepted) return { wrong: true, evaluations };
    } catch (error) {
      if (error instanceof LayerError) return { wrong: true, evaluations };
      throw error;
    }
  }
  return tried === 0 ? undefined : { wrong: false, evaluations };
}

async function own({ layer, options }: Candidate): Promise<{ wrong: boolean; evaluations: number }> {
  const { findings } = await check(layer, options);
  return {
    wrong: findings.some(({ verdict }) => verdict === 'fail' || verdict === 'error'),
    evaluations: findings.reduce((sum, finding) => sum + finding.evaluations, 0),
  };
}

const columns: string[] = [];
const cells = new Map<string, string[]>();
for (const [title, all] of sets) {
  const candidates = all.filter(({ name }) => name.includes(word));
  columns.push(`${title}: called wrong`, 'too large', 'evaluations, median');
  const judges = [
    ['gradcheck', own] as const,
    ...rules.map(rule => [rule.name, (one: Candidate) => rejects(rule, one)] as const),
  ];
  for (const [name, judge] of judges) {
    const said = [];
    for (const candidate of candidates) said.push(await judge(candidate));
    const tried = said.filter(one => one !== undefined);
    const wrong = tried.filter(one => one.wrong).length;
    const costs = tried.map(({ evaluations }) => evaluations).toSorted((a, b) => a - b);
    const row = cells.get(name) ?? [];
    cells.set(name, [
      ...row,
      `${wrong} of ${tried.length}`,
      String(said.length - tried.length),
      String(quantile(costs, 0.5)),
    ]);
  }
}

const text = `Every rule sees the first implementation of each layer, in all of the layer's cases, at ordinary values; gradcheck is asked at
its default settings, which are those cases, more kinds of values and more checks. Evaluations are forwards and backwards until the
verdict; those of gradcheck are all of its checks'. "Called wrong" is a false alarm of a right layer, and a detection of a wrong one.
Rules that go through every element are not asked about cases of more than ${LARGE} inputs and outputs together. The two tables of
faults hold some that no gradient check could see: a forward that is wrong and a backward that follows, another implementation,
and some at numbers that are not ordinary. Nearly all faults were written with gradcheck at hand; the right layers are its own.`;
const sections = [
  table(
    'What the usual rules say',
    text,
    ['rule', ...columns],
    [...cells].map(([name, row]) => [name, ...row]),
  ),
  ['## The rules', '', ...rules.map(({ name, source }) => `- ${name}: ${source}`), ''].join('\n'),
  await fastModeMisses(),
];
const head = `# Beside the usual rules\n\nMade by \`npm run bench:rivals\` on Node ${process.versions.node}.\n`;
if (word === '') writeFileSync(new URL('RESULTS.md', import.meta.url), [head, ...sections].join('\n'));
