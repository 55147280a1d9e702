import { checkGradient } from '../../src/checks/gradient.ts';
import { strata, subjectOf } from './strata.ts';
import { table } from './table.ts';

/** Over 100,000 gradient findings of right layers at distinct seeds: how many are called wrong. */
export async function measureFalseAlarms(scale: number): Promise<string> {
  const rows: (string | number)[][] = [];
  let total = 0;
  let failures = 0;
  for (const stratum of await strata()) {
    const wanted = 7_500 * scale;
    const counts = { pass: 0, fail: 0, inconclusive: 0, error: 0 };
    const blamed = new Map<string, number>();
    let findings = 0;
    for (let trial = 0; findings < wanted; trial++) {
      const drawn = await stratum.draw(trial);
      for (const { verdict, argument, code } of await checkGradient(subjectOf(drawn), `false alarms ${trial}`)) {
        findings++;
        counts[verdict]++;
        const key = `${drawn.layer.name} ${argument} ${code}`;
        if (verdict !== 'pass') blamed.set(`${verdict} ${key} e.g. ${trial}`, 1);
      }
    }
    total += findings;
    failures += counts.fail + counts.error;
    rows.push([
      stratum.name,
      findings,
      counts.fail + counts.error,
      `${((100 * counts.inconclusive) / findings).toFixed(2)} %`,
      stratum.illConditioned ? 'yes' : '',
    ]);
    console.log(rows[rows.length - 1].join(' | '));
    const names = new Map<string, number>();
    for (const key of blamed.keys()) {
      const name = key.replace(/ e\.g\..*/, '');
      names.set(name, (names.get(name) ?? 0) + 1);
    }
    for (const [name, count] of [...names].toSorted((a, b) => b[1] - a[1]).slice(0, 12))
      console.log(`    ${count} ${name}`);
    for (const key of blamed.keys()) if (key.startsWith('fail') || key.startsWith('error')) console.log(`    ${key}`);
  }
  rows.push(['all', total, failures, '', '']);
  return table(
    'False alarms',
    'Gradient findings of right layers, each at a seed of its own. Ill-conditioned strata are those where rounding may hide a gradient.',
    ['stratum', 'findings', 'called wrong', 'inconclusive', 'ill-conditioned'],
    rows,
  );
}
