/**
 * Detection, diagnosis and localisation, measured: `npm run bench:diagnosis [-- WORD]`. Writes bench/diagnosis/RESULTS.md, unless a
 * word is given, which the names of the faults that are tried must have.
 *
 * Every wrong layer of the faults table and of the further faults is checked at default settings, and what is said of it is held
 * against what is true of it, as whoever wrote it put it down.
 */
import { writeFileSync } from 'node:fs';
import { table } from '../calibration/table.ts';
import { furtherRows, type Row, tableRows } from './rows.ts';
import { type Score, scoreOf } from './score.ts';

const [word = ''] = process.argv.slice(2);
const sources: readonly (readonly [title: string, rows: readonly Row[]])[] = [
  ['The faults table', tableRows],
  ['Further faults', furtherRows],
];

const sections: string[] = [];
for (const [title, rows] of sources) {
  const scores: Score[] = [];
  for (const row of rows.filter(({ name }) => name.includes(word))) scores.push(await scoreOf(row));
  sections.push(summary(title, scores), misses(title, scores));
}
const head = `# Detection, diagnosis and localisation

Made by \`npm run bench:diagnosis\` on Node ${process.versions.node}. Each row of the tables is a set of wrong layers, each of which is
checked at default settings.

- *detected*: the verdict is right and the arguments that are blamed are those that are wrong.
- *right cause first*: of every argument that is wrong, the cause that is named first is one of those that are true of the fault.
  Where no word is true of it, that is to say that no known cause explains it.
- *wrong cause alone*: of some argument a cause is named that is not true, and no other.
- *located*: the elements that are called wrong are those that are: exactly, or, where more than a tenth are wrong and they are
  sampled, 0.95 of them. Counted where it is known which they are.
`;
if (word === '') writeFileSync(new URL('RESULTS.md', import.meta.url), [head, ...sections].join('\n'));

function summary(title: string, scores: readonly Score[]): string {
  const groups = [...new Set(scores.map(({ row }) => row.topic))].map(
    topic => [topic, scores.filter(({ row }) => row.topic === topic)] as const,
  );
  return table(
    title,
    '',
    [
      'faults in',
      'faults',
      'detected',
      'with a cause',
      'right cause first',
      'without',
      'none named',
      'wrong cause alone',
      'with a set',
      'located',
    ],
    [...groups, ['all', scores] as const].map(([topic, own]) => {
      const failing = own.filter(({ said }) => said !== undefined);
      const [withCause, without] = [true, false].map(has => failing.filter(({ row }) => row.causes.length > 0 === has));
      const withSet = own.filter(({ located }) => located !== undefined);
      return [
        topic,
        own.length,
        part(own, ({ detected }) => detected),
        withCause.length,
        part(withCause, ({ said }) => said === 'right'),
        without.length,
        part(without, ({ said }) => said === 'right'),
        failing.filter(({ said }) => said === 'wrong alone').length,
        withSet.length,
        part(withSet, ({ located }) => located === true),
      ];
    }),
  );
}

function part(scores: readonly Score[], holds: (score: Score) => boolean): string {
  const count = scores.filter(holds).length;
  return scores.length === 0 ? '' : `${count} (${((100 * count) / scores.length).toFixed(1)} %)`;
}

/** What was missed, by name. */
function misses(title: string, scores: readonly Score[]): string {
  const list = scores.flatMap(({ row, detected, said, named, located }) => {
    const what = [
      ...(detected ? [] : ['not detected']),
      ...(said === undefined || said === 'right'
        ? []
        : [`${said} (true: ${row.causes.join(', ') || 'none'}; named: ${named.join('; ')})`]),
      ...(located === false ? ['not located'] : []),
    ];
    return what.length > 0 ? [`- ${row.topic}: ${row.name}: ${what.join('; ')}`] : [];
  });
  const result = [`### ${title}: misses`, '', ...list, ''].join('\n');
  console.log(result);
  return result;
}
