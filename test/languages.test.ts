import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { processLayer } from '../src/adapters/process.ts';
import { check, type Report } from '../src/index.ts';

const path = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gradcheck-languages-'));

const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const torch = ['python3', '/usr/bin/python3'].find(python => has(python, '-c', 'import torch'));

async function verdictOf(command: string): Promise<Report> {
  const layer = await processLayer(command, {});
  try {
    return await check(layer, { seed: '42' });
  } finally {
    await layer.close?.();
  }
}

/** A served layer, with numpy where it is there, or without any package. */
async function served(code: string, flags = ''): Promise<Report> {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.py`);
  const head = `import sys\nsys.path.insert(0, ${JSON.stringify(path('python'))})\nfrom gradcheck import serve\n`;
  writeFileSync(file, head + code);
  return verdictOf(`python3 ${flags} "${file}"`);
}

const blamed = ({ findings }: Report) => [
  ...new Set(findings.flatMap(({ verdict, argument }) => (verdict === 'fail' ? (argument ?? []) : []))),
];

describe('python/gradcheck.py, with the standard library alone', () => {
  const product = (slope: string) => `
serve(
    lambda x, w: [a * b for a, b in zip(x, w)],
    lambda dy, x, w: ([d * b for d, b in zip(dy, w)], [${slope} for d, a in zip(dy, x)]),
    inputs={"x": (3,), "w": (3,)},
)`;

  test('a pair of functions', async () => {
    expect((await served(product('d * a'), '-S')).verdict).toBe('pass');
    expect(blamed(await served(product('a'), '-S'))).toEqual(['w']);
  });

  const dense = (sign: string) => `
class Dense:
    def __init__(self):
        self.W, self.dW = [[0.0, 0.0], [0.0, 0.0]], None
    def forward(self, x):
        self.x = x
        print("this must not come between the answers")
        return [[sum(w * v for w, v in zip(row, r)) for row in self.W] for r in x]
    def backward(self, dy):
        for r, d in zip(self.x, dy):
            for o in range(2):
                for i in range(2):
                    self.dW[o][i] ${sign} d[o] * r[i]
        return [[sum(d[o] * self.W[o][i] for o in range(2)) for i in range(2)] for d in dy]
serve(Dense(), inputs={"x": (3, 2)})`;

  test('an object that keeps its parameters', async () => {
    expect((await served(dense('+='), '-S')).verdict).toBe('pass');
    expect(blamed(await served(dense('='), '-S'))).toEqual(['W']);
  });

  test('an index is a whole number and has no gradient', async () => {
    const report = await served(
      `
def backward(dy, table, index):
    found = [0.0] * 4
    for d, k in zip(dy, index):
        found[k] += d
    return found
serve(lambda table, index: [table[k] for k in index], backward,
      inputs={"table": (4,), "index": {"shape": (5,), "integer": True, "range": [0, 3]}})`,
      '-S',
    );
    expect(report.verdict).toBe('pass');
  });

  test('an exception says what and where', async () => {
    const { verdict, findings } = await served(
      'serve(lambda x: [1 / 0 for _ in x], lambda dy, x: dy, inputs={"x": (2,)})',
      '-S',
    );
    expect(verdict).toBe('error');
    expect(findings[0].reason).toMatch(/ZeroDivisionError: division by zero \(.*line 4\)/);
  });

  test('the example', async () => {
    expect(blamed(await verdictOf(`python3 -S "${path('examples/python/wrong_gelu.py')}"`))).toEqual(['x']);
  });
});

test.skipIf(!has('python3', '-c', 'import numpy'))('numpy arrays come where numpy is there', async () => {
  const report = await served(
    'serve(lambda x, w: x @ w.T, lambda dy, x, w: (dy @ w, dy.T @ x), inputs={"x": (3, 4), "w": (2, 4)})',
  );
  expect(report.verdict).toBe('pass');
});

test.skipIf(torch === undefined)('a module of torch is served with its parameters', async () => {
  const { verdict, findings } = await verdictOf(`${torch} "${path('examples/python/torch_layer.py')}"`);
  expect(verdict).toBe('pass');
  expect(new Set(findings.map(({ argument }) => argument))).toEqual(new Set([undefined, 'x', 'weight', 'bias']));
});

test.skipIf(!has('g++', '--version'))('a layer in C++', async () => {
  const program = join(folder, 'dense');
  execFileSync('g++', ['-O1', '-o', program, path('examples/cpp/dense.cpp')]);
  expect((await verdictOf(program)).verdict).toBe('pass');
});
