import { describe, expect, test } from 'vitest';
import { check, defineLayer, tensor } from '../src/index.ts';

/** The gradient finding of sin, element by element, of a matrix whose gradient is half as large at some positions. */
async function findingOf(shape: readonly [number, number], wrong: readonly number[]) {
  const layer = defineLayer({
    name: 'sin',
    args: { x: shape },
    axes: { x: ['row', 'column'] },
    forward: ({ x }) => ({ y: tensor(x.shape, x.data.map(Math.sin)) }),
    vjp: ({ x }, { y }) => {
      const dx = Float64Array.from(x.data, (value, i) => y.data[i] * Math.cos(value));
      for (const position of wrong) dx[position] /= 2;
      return { x: tensor(x.shape, dx) };
    },
  });
  const { findings } = await check(layer, { checks: ['gradient'], explain: false });
  return findings.find(({ check: name }) => name === 'gradient');
}

const grid = (rows: readonly number[], columns: readonly number[], width: number) =>
  rows.flatMap(row => columns.map(column => row * width + column));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('the wrong elements of a matrix of 150 rows and 200 columns', () => {
  test.each([
    ['one row', grid([77], range(0, 200), 200), 'all with row 77'],
    ['one column', grid(range(0, 150), [3], 200), 'all with column 3'],
    ['a block', grid(range(40, 50), range(60, 70), 200), 'all with row 40 to 49 and column 60 to 69'],
    ['two elements', [5, 29_999], 'elements [0, 5] and [149, 199]'],
  ])('%s: found exactly, and named', async (_name, positions, pattern) => {
    const finding = await findingOf([150, 200], positions);
    expect(finding?.wrong?.positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(finding?.wrong?.pattern).toBe(pattern);
  });

  test('thirty anywhere: found exactly', async () => {
    const positions = range(0, 30).map(k => (k * 1337 + 11) % 30_000);
    const finding = await findingOf([150, 200], positions);
    expect(finding?.wrong?.positions).toEqual(positions.toSorted((a, b) => a - b));
  });

  test('all of them: recognised, and counted from a sample', async () => {
    const finding = await findingOf([150, 200], range(0, 30_000));
    expect(finding?.wrong).toMatchObject({ count: 30_000, estimated: true, pattern: 'nearly everywhere' });
  });
});
