/**
 * A function of jax-js, in float64 on its cpu device.
 *
 *     npm install @jax-js/jax
 *     npx gradcheck check examples/adapters/jax.js
 */
import { fromJax } from 'gradcheck/adapters/jax';

// Node before 24 has none; the library only asks whether there is one.
globalThis.Float16Array ??= class extends Uint16Array {};
const jax = await import('@jax-js/jax');
await jax.init('cpu');
jax.defaultDevice('cpu');

const { numpy: np } = jax;

export default fromJax(jax, (x, w) => np.tanh(np.matmul(x, w)), { name: 'dense', args: { x: [2, 3], w: [3, 4] } });
