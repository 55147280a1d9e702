import { drawPoint, pointKinds } from '../../src/cases.ts';
import { Probe } from '../../src/checks/probe.ts';
import { strata, subjectOf } from './strata.ts';
import { quantile, table } from './table.ts';

/** Over 300,000 finite differences of right layers: how their bounds compare with their true errors. */
export async function measureBound(scale: number): Promise<string> {
  const rows: (string | number)[][] = [];
  const totals = { compared: 0, exceeded: 0, ratios: [] as number[] };
  for (const stratum of await strata()) {
    const wanted = 22_000 * scale;
    let compared = 0;
    let exceeded = 0;
    let worst = 0;
    let where = '';
    const ratios: number[] = [];
    for (let trial = 0; compared < wanted; trial++) {
      const drawn = await stratum.draw(trial);
      const subject = subjectOf(drawn);
      const kinds = pointKinds(drawn.kase);
      const point = drawPoint(drawn.kase, kinds[trial % kinds.length], `bound ${trial}`);
      const probe = await Probe.at(subject, point);
      if (!probe) continue;
      const stream = probe.stream('bound');
      const answer = await probe.ask(stream, []);
      for (const primal of subject.primals) {
        for (let draw = 0; draw < 2; draw++) {
          const tangent = probe.tangent(primal, () => stream.component());
          const { slope, difference, backward } = await probe.compare(primal, tangent, answer);
          if (slope.status !== 'smooth' || slope.magnitude === 0) continue;
          compared++;
          // What the vjp itself is rounded by is not the finite difference's error.
          const error = Math.max(0, difference - backward);
          if (!(error <= slope.bound)) {
            exceeded++;
            if (error / slope.bound > worst) {
              worst = error / slope.bound;
              where = `${drawn.layer.name} ${primal} trial ${trial}`;
            }
          }
          if (difference > 0) ratios.push(slope.bound / difference);
        }
      }
    }
    ratios.sort((a, b) => a - b);
    totals.compared += compared;
    totals.exceeded += exceeded;
    for (const ratio of ratios) totals.ratios.push(ratio);
    const shown = exceeded > 0 ? `${exceeded} (by ${worst.toFixed(1)}: ${where})` : '0';
    rows.push([stratum.name, compared, shown, quantile(ratios, 0.001).toFixed(1), quantile(ratios, 0.5).toFixed(0)]);
    console.log(rows[rows.length - 1].join(' | '));
  }
  totals.ratios.sort((a, b) => a - b);
  rows.push([
    'all',
    totals.compared,
    totals.exceeded,
    quantile(totals.ratios, 0.001).toFixed(1),
    quantile(totals.ratios, 0.5).toFixed(0),
  ]);
  return table(
    'The error bound',
    'Finite differences of right layers against their known derivatives: how often the bound is exceeded, and how many times the error it is.',
    ['stratum', 'comparisons', 'bound exceeded', 'bound / error, 1 in 1000', 'median'],
    rows,
  );
}
