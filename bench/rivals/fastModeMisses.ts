import { check, type Layer, tensor } from '../../src/index.ts';
import { casesOf } from '../../src/cases.ts';
import { random } from '../../src/numeric/random.ts';
import { table } from '../calibration/table.ts';
import { passOf } from './pass.ts';
import { pytorchFast } from './pytorchFast.ts';

const [SIZE, TRIALS] = [100, 50];

const ENTRIES: Readonly<Record<string, (value: number) => number>> = {
  zeroed: () => 0,
  doubled: value => 2 * value,
  'of the other sign': value => -value,
  'ten times as large': value => 10 * value,
};

/** A product with a fixed matrix of positive numbers, one entry of which is wrong in the backward. */
function product(seed: string, wrong: (value: number) => number): Layer {
  const stream = random(seed);
  const matrix = Array.from({ length: SIZE }, () => Float64Array.from({ length: SIZE }, () => stream.uniform()));
  const [row, column] = [stream.integer(0, SIZE - 1), stream.integer(0, SIZE - 1)];
  const entry = (m: number, i: number) => (m === row && i === column ? wrong(matrix[m][i]) : matrix[m][i]);
  return {
    name: 'a product with a matrix',
    cases: [{ config: {}, args: { input: { shape: [SIZE] } } }],
    forward: ({ input }) => ({
      output: tensor(
        [SIZE],
        matrix.map(line => line.reduce((sum, value, i) => sum + value * input.data[i], 0)),
      ),
    }),
    vjp: (_args, { output }) => ({
      input: tensor(
        [SIZE],
        Array.from({ length: SIZE }, (_, i) => output.data.reduce((sum, u, m) => sum + u * entry(m, i), 0)),
      ),
    }),
  };
}

/** What is seen of one wrong entry in a Jacobian of positive numbers, by fast mode and here. */
export async function fastModeMisses(): Promise<string> {
  const rows = [];
  for (const [what, wrong] of Object.entries(ENTRIES)) {
    let fast = 0;
    let own = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const layer = product(`${what} ${trial}`, wrong);
      const [kase] = await casesOf(layer, String(trial));
      const { pass } = await passOf(layer, kase, String(trial));
      if (!(await pytorchFast.accepts(pass))) fast++;
      if ((await check(layer, { seed: String(trial) })).verdict === 'fail') own++;
    }
    rows.push([what, `${fast} of ${TRIALS}`, `${own} of ${TRIALS}`]);
  }
  return table(
    'What fast mode misses',
    `One entry of a Jacobian of ${SIZE} by ${SIZE} positive numbers is wrong in the backward.`,
    ['the entry is', 'PyTorch gradcheck, fast', 'gradcheck'],
    rows,
  );
}
