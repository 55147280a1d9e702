import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Terminal } from '../src/cli/terminal.ts';
import { train, type TrainOptions } from '../src/cli/train.ts';
import { readMnist } from '../src/network/files.ts';
import { PLAIN } from '../src/report/text.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradcheck-train-'));
const at = (file: string) => join(folder, file);

async function run(network: string, given: Partial<TrainOptions>, files: { json?: string; html?: string } = {}) {
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const terminal: Terminal = {
    out: say,
    json: say,
    problem: say,
    log: say,
    progress: () => undefined,
    wipe: () => undefined,
    paint: PLAIN,
    drained: () => Promise.resolve(),
  };
  const options = { epochs: '1', engine: 'simd', pictures: '200', ...given };
  const status = await train(network, options, { seed: '42', layer: [], ...files }, terminal);
  return { status, said };
}

const read = (file: string) => JSON.parse(readFileSync(at(file), 'utf8')) as Record<string, unknown>;

describe('gradcheck train', () => {
  test('leaves its curves, as JSON and as a page', async () => {
    const { status, said } = await run('perceptron', { epochs: '2' }, { json: at('a.json'), html: at('a.html') });
    expect(status).toBe(0);
    expect(said).toHaveLength(2);
    expect(read('a.json')).toMatchObject({ schema: 'gradcheck-training/1', epochs: [{ epoch: 1 }, { epoch: 2 }] });
    const page = readFileSync(at('a.html'), 'utf8');
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/(src|href)="http/);
  });

  test('goes on from a checkpoint as if it had not stopped', async () => {
    const checkpoint = at('b.ckpt');
    await run('perceptron', { checkpoint });
    await run('perceptron', { checkpoint, epochs: '2', resume: true }, { json: at('b.json') });
    expect(read('b.json')['epochs']).toEqual(read('a.json')['epochs']);
  });

  test('trains a network of a file', async () => {
    const { status, said } = await run('examples/small-network.ts', {});
    expect(status).toBe(0);
    expect(said[0]).toMatch(/^epoch 1\/1: training loss/);
  });

  test('refuses a checkpoint of another training', async () => {
    const given = { checkpoint: at('b.ckpt'), resume: true, rate: '0.5' };
    await expect(run('perceptron', given)).rejects.toThrow(/of another training: its settings/);
  });

  test('says when and where it diverged', async () => {
    const { status, said } = await run('lenet5-original', { rate: '100' });
    expect(status).toBe(1);
    expect(said[0]).toMatch(/diverged in batch \d+ of epoch 1/);
  });

  test.each([
    ['a network that there is not', 'lenet', {}, /did you mean lenet5/],
    ['a rate that is none', 'lenet5', { rate: 'fast' }, /--rate is "fast"/],
    ['a folder that there is not', 'lenet5', { data: at('none') }, /cannot be read/],
    ['a resumption of nothing', 'lenet5', { resume: true }, /--checkpoint/],
  ])('refuses %s', async (_, network, given, message) => {
    await expect(run(network, given)).rejects.toThrow(message);
  });

  test("reads MNIST's files, plain or gzipped", async () => {
    const bytes = (...numbers: number[]) => Buffer.from(numbers);
    const head = (...numbers: number[]) => Buffer.concat(numbers.map(n => bytes(0, 0, n >> 8, n & 255)));
    const images = Buffer.concat([head(2051, 1, 1, 2), bytes(5, 6)]);
    const labels = Buffer.concat([head(2049, 1), bytes(4)]);
    writeFileSync(at('train-images-idx3-ubyte.gz'), gzipSync(images));
    writeFileSync(at('train-labels-idx1-ubyte'), labels);
    writeFileSync(at('t10k-images-idx3-ubyte'), images);
    await expect(readMnist(folder)).rejects.toThrow(/has no t10k-labels-idx1-ubyte/);
    writeFileSync(at('t10k-labels-idx1-ubyte.gz'), gzipSync(labels));
    const { training, test: held } = await readMnist(folder);
    expect(training).toEqual(held);
    expect([...training.images, ...training.labels]).toEqual([5, 6, 4]);
  });
});
