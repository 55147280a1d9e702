import { random } from '../../src/numeric/random.ts';
import { central, type Rule, unit } from './pass.ts';

const [TRIALS, TOLERANCE] = [100, 1e-4];
const H = Math.sqrt(Number.EPSILON);

/** A hundred random pairs of an output and an input element, by an absolute tolerance. */
export const tinyDnn: Rule = {
  name: "tiny-dnn's gradient_check",
  source: 'tiny-dnn test/testhelper.h and network.h: h the root of epsilon, 1e-4 absolute in double, 100 trials',
  elementwise: false,
  async accepts(pass) {
    const stream = random('the trials of tiny-dnn');
    const places = Object.entries(pass.x).flatMap(([name, { length }]) =>
      Array.from({ length }, (_, i) => ({ name, i, length })),
    );
    for (let trial = 0; trial < TRIALS; trial++) {
      const { name, i, length } = places[stream.integer(0, places.length - 1)];
      const m = stream.integer(0, pass.y.length - 1);
      const numeric = (await central(pass, { [name]: unit(length, i) }, H))[m];
      const analytic = (await pass.backward(unit(pass.y.length, m)))[name][i];
      if (!(Math.abs(analytic - numeric) <= TOLERANCE)) return false;
    }
    return true;
  },
};
