import { random } from '../../src/numeric/random.ts';
import { central, dot, isClose, type Rule } from './pass.ts';

const [EPS, TOLERANCE] = [1e-4, 1e-5];

/** One Gaussian direction of all inputs together and one upstream, the same at every call: two numbers are compared. */
export const jax: Rule = {
  name: "JAX's check_vjp",
  source: 'jax.test_util.check_grads, modes=["rev"]: eps 1e-4, atol and rtol 1e-5 in float64, directions not scaled',
  elementwise: false,
  async accepts(pass) {
    const stream = random('RandomState(0)');
    const tangents = Object.fromEntries(
      Object.entries(pass.x).map(([name, data]) => [name, Float64Array.from(data, () => stream.normal())]),
    );
    const numeric = await central(pass, tangents, EPS);
    const upstream = Float64Array.from(pass.y, () => stream.normal());
    const gradients = await pass.backward(upstream);
    const analytic = Object.entries(tangents).reduce((sum, [name, tangent]) => sum + dot(gradients[name], tangent), 0);
    return isClose(analytic, dot(numeric, upstream), TOLERANCE, TOLERANCE);
  },
};
