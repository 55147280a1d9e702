import { random } from '../../src/numeric/random.ts';
import { central, dot, isClose, type Rule } from './pass.ts';

const [EPS, ATOL, RTOL] = [1e-6, 1e-5, 1e-3];

/** One number v'Ju for each input and output; u and v uniform in [0, 1), scaled to length 1, the same at every call. */
export const pytorchFast: Rule = {
  name: 'PyTorch gradcheck, fast',
  source: 'torch.autograd.gradcheck(fast_mode=True): the same, with atol times the sum of u times the sum of v',
  elementwise: false,
  async accepts(pass) {
    const stream = random('the generator of fast mode');
    const vector = (size: number) => {
      const drawn = Float64Array.from({ length: size }, () => stream.uniform());
      const length = Math.sqrt(dot(drawn, drawn));
      return drawn.map(value => value / length);
    };
    const sum = (data: Float64Array) => data.reduce((total, value) => total + value, 0);
    const tangents = Object.entries(pass.x).map(([name, { length }]) => [name, vector(length)] as const);
    const slopes = [];
    for (const [name, u] of tangents) slopes.push(await central(pass, { [name]: u }, EPS));
    let start = 0;
    for (const size of pass.outputs) {
      const v = vector(size);
      const upstream = new Float64Array(pass.y.length);
      upstream.set(v, start);
      const gradients = await pass.backward(upstream);
      const again = await pass.backward(upstream);
      for (const [k, [name, u]] of tangents.entries()) {
        if (gradients[name].some((value, i) => value !== again[name][i])) return false;
        const numeric = dot(slopes[k].slice(start, start + size), v);
        if (!isClose(dot(gradients[name], u), numeric, ATOL * sum(u) * sum(v), RTOL)) return false;
      }
      start += size;
    }
    const zeros = await pass.backward(new Float64Array(pass.y.length));
    return Object.values(zeros).every(data => data.every(value => value === 0));
  },
};
