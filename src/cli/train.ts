import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { UsageError } from '../cases.ts';
import { firstOf } from '../network/digits.ts';
import { drawnDigits } from '../network/drawnDigits.ts';
import { readMnist } from '../network/files.ts';
import { INITIALISERS } from '../network/initialisers.ts';
import { type Engine, NETWORKS } from '../network/networks.ts';
import type { Data, Recipe, Settings } from '../network/recipe.ts';
import { begin, closeEpoch, Diverged, type Epoch, epochOf, type State } from '../network/training.ts';
import { readCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { closest } from './closest.ts';
import type { Status } from './finish.ts';
import { loadRecipe } from './load.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';
import { trainingPage } from './trainingPage.ts';
import { writeWhole } from './write.ts';

/** What `gradcheck train` is given, as it stands on the command line. */
export interface TrainOptions {
  readonly data?: string;
  readonly epochs: string;
  readonly pictures?: string;
  readonly rate?: string;
  readonly batch?: string;
  readonly reduction?: string;
  readonly initialiser?: string;
  readonly scale?: string;
  readonly engine: string;
  readonly checkpoint?: string;
  readonly resume?: boolean;
}

/** Pictures that are drawn where there are no others. */
const DRAWN = { training: 4000, test: 1000 };

/** Milliseconds after which signals and the screen get a turn. */
const TURN = 50;

/** `gradcheck train`: trains a network, says how it goes, and leaves its curves. */
export async function train(name: string, given: TrainOptions, options: Options, terminal: Terminal): Promise<Status> {
  const recipe = await recipeFor(name, given);
  const { seed } = options;
  const epochs = wholeNumber('--epochs', given.epochs);
  const data = await picturesFor(given, seed);
  const count = data.training.labels.length;
  if (given.resume && given.checkpoint === undefined) throw new UsageError('--resume needs --checkpoint FILE');
  const state =
    given.resume && given.checkpoint !== undefined
      ? await readCheckpoint(given.checkpoint, recipe, seed, count)
      : begin(recipe, seed);
  const save = async () => {
    if (given.checkpoint !== undefined) await saveCheckpoint(given.checkpoint, recipe, seed, count, state);
  };

  let isStopped = false;
  const stop = () => {
    isStopped = true;
  };
  process.on('SIGINT', stop);
  let diverged: Diverged | undefined;
  try {
    while (state.epoch < epochs && !isStopped) {
      isStopped = await oneEpoch(recipe, data, state, { seed, epochs, terminal }, () => isStopped);
      if (!isStopped) terminal.out(lineOf(closeEpoch(recipe, data.test, state), epochs));
      await save();
    }
  } catch (error) {
    if (!(error instanceof Diverged)) throw error;
    diverged = error;
  } finally {
    process.off('SIGINT', stop);
  }

  const result = {
    schema: 'gradcheck-training/1',
    network: recipe.name,
    seed,
    pictures: { training: count, test: data.test.labels.length, from: given.data === undefined ? 'drawn' : 'files' },
    settings: recipe.settings,
    epochs: state.history,
    ...(diverged && { diverged: { reason: diverged.message, step: diverged.step, tensor: diverged.tensor } }),
  };
  if (options.json === '-') terminal.json(`${JSON.stringify(result, null, 2)}\n`);
  else if (options.json !== undefined) await writeWhole(options.json, `${JSON.stringify(result, null, 2)}\n`);
  if (options.html !== undefined) await writeWhole(options.html, await trainingPage(result));
  if (diverged) {
    terminal.problem(
      `${recipe.name} diverged in batch ${diverged.step} of epoch ${state.epoch + 1}: ${diverged.message}`,
    );
    return 1;
  }
  if (!isStopped) return 0;
  const how =
    given.checkpoint === undefined
      ? 'nothing was kept: --checkpoint FILE would'
      : `go on with --checkpoint ${given.checkpoint} --resume`;
  terminal.problem(`stopped in epoch ${state.epoch + 1}; ${how}`);
  return 3;
}

/** Whether it was stopped. */
async function oneEpoch(
  recipe: Recipe,
  { training }: Data,
  state: State,
  { seed, epochs, terminal }: { seed: string; epochs: number; terminal: Terminal },
  isStopped: () => boolean,
): Promise<boolean> {
  const count = training.labels.length;
  const [begun, before] = [performance.now(), state.position];
  let last = begun;
  for (const _ of epochOf(recipe, training, state, seed)) {
    const now = performance.now();
    if (now - last < TURN) continue;
    last = now;
    const left = ((now - begun) / (state.position - before)) * (count - state.position);
    terminal.progress(
      `${recipe.name} epoch ${state.epoch + 1}/${epochs} ${bar(state.position / count)} loss ${(state.loss / state.position).toFixed(4)}, ${percent(state.right / state.position)} right, ${Math.ceil(left / 1000)} s left`,
    );
    await turn();
    if (isStopped()) return true;
  }
  return false;
}

const bar = (part: number) => `[${'#'.repeat(Math.round(20 * part)).padEnd(20, '.')}]`;

const percent = (part: number) => `${(100 * part).toFixed(2)} %`;

function lineOf({ epoch, training, test }: Epoch, epochs: number): string {
  return `epoch ${epoch}/${epochs}: training loss ${training.loss.toFixed(4)}, ${percent(training.accuracy)} right; test loss ${test.loss.toFixed(4)}, ${percent(test.accuracy)} right`;
}

/** The network that is named, under the settings that the command line asks for. */
export async function recipeFor(name: string, given: TrainOptions): Promise<Recipe> {
  const engine = oneOf<Engine>('--engine', given.engine, ['simd', 'plain']);
  const recipe = /[./\\]/.test(name) ? await loadRecipe(name) : builtIn(name, engine);
  const { optimizer } = recipe.settings;
  const settings: Settings = {
    ...recipe.settings,
    ...(given.rate !== undefined && { optimizer: { ...optimizer, learningRate: positive('--rate', given.rate) } }),
    ...(given.batch !== undefined && { batch: wholeNumber('--batch', given.batch) }),
    ...(given.reduction !== undefined && { reduction: oneOf('--reduction', given.reduction, ['sum', 'mean']) }),
    ...(given.scale !== undefined && { scale: oneOf('--scale', given.scale, ['raw', 'unit', 'standard']) }),
    ...(given.initialiser !== undefined && {
      initialiser: oneOf(
        '--initialiser',
        given.initialiser,
        Object.keys(INITIALISERS) as (keyof typeof INITIALISERS)[],
      ),
    }),
  };
  return { ...recipe, settings };
}

function builtIn(name: string, engine: Engine): Recipe {
  if (Object.hasOwn(NETWORKS, name)) return NETWORKS[name](engine);
  const names = Object.keys(NETWORKS);
  const similar = closest(name, names);
  throw new UsageError(
    `there is no network "${name}"; ${similar ? `did you mean ${similar}?` : `there are ${names.join(', ')}, and files that export one`}`,
  );
}

/** The pictures of a folder, or drawn ones. */
export async function picturesFor({ data, pictures }: TrainOptions, seed: string): Promise<Data> {
  const count = pictures === undefined ? undefined : wholeNumber('--pictures', pictures);
  if (data === undefined) {
    return { training: drawnDigits(count ?? DRAWN.training, seed), test: drawnDigits(DRAWN.test, `${seed}/test`) };
  }
  try {
    const { training, test } = await readMnist(data);
    return { training: firstOf(training, count), test };
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const found = words.find(word => word === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option} is "${text}"; expected ${words.join(', ')}`);
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && number > 0 && Number.isFinite(number)) return number;
  throw new UsageError(`${option} is "${text}"; expected a number above 0`);
}

function wholeNumber(option: string, text: string): number {
  const number = positive(option, text);
  if (Number.isInteger(number)) return number;
  throw new UsageError(`${option} is "${text}"; expected a whole number above 0`);
}
