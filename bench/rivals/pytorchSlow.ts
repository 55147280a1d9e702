import { central, isClose, type Rule, unit } from './pass.ts';

const [EPS, ATOL, RTOL] = [1e-6, 1e-5, 1e-3];

/** Every entry of the Jacobian: a column by two forwards, a row by a backward, which is done twice and must agree with itself. */
export const pytorchSlow: Rule = {
  name: 'PyTorch gradcheck, slow',
  source: 'torch.autograd.gradcheck: eps 1e-6, atol 1e-5, rtol 1e-3, nondet_tol 0; a zero upstream must give zeros',
  elementwise: true,
  async accepts(pass) {
    const size = pass.y.length;
    const zeros = await pass.backward(new Float64Array(size));
    if (Object.values(zeros).some(data => data.some(value => value !== 0))) return false;
    const rows = [];
    for (let m = 0; m < size; m++) {
      const row = await pass.backward(unit(size, m));
      const again = await pass.backward(unit(size, m));
      if (Object.keys(row).some(name => row[name].some((value, i) => value !== again[name][i]))) return false;
      rows.push(row);
    }
    for (const [name, { length }] of Object.entries(pass.x)) {
      for (let i = 0; i < length; i++) {
        const column = await central(pass, { [name]: unit(length, i) }, EPS);
        if (rows.some((row, m) => !isClose(row[name][i], column[m], ATOL, RTOL))) return false;
      }
    }
    return true;
  },
};
