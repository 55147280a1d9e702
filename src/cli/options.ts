import { randomInt } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../cases.ts';
import type { Shard } from '../run.ts';

/** The options that mean the same in every command. */
export interface Options {
  readonly seed: string;
  /** A file for the report as JSON; '-' for standard output. */
  readonly json?: string;
  /** A file for the report as a page. */
  readonly html?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** Seconds that a process has for every answer, and a layer in a worker for every call. */
  readonly timeout?: number;
  /** Only these layers; empty for all. */
  readonly layer: readonly string[];
  readonly argument?: string;
  readonly case?: string;
  readonly cases?: number;
  /** Threads that layers are checked in; 0 for none but this one. */
  readonly workers?: number;
  /** Whether layers find Float64Array where they look for Float32Array. */
  readonly float64?: boolean;
  /** Only this part of the layers. */
  readonly shard?: Shard;
}

/** Adds them to a program, which hands them down to its commands. */
export function addOptions(program: Command): Command {
  const collect = (value: string, before: readonly string[]) => [...before, value];
  return program
    .addOption(
      new Option('--seed <seed>', 'everything random follows from it; "random" draws one and prints it')
        .default('42')
        .argParser(readSeed),
    )
    .option('--json <file>', 'write the report as JSON; "-" for standard output and nothing else there')
    .option('--html <file>', 'write the report as one HTML page that loads nothing')
    .option('--quiet', 'print failures and the last line only')
    .option('--verbose', 'print every finding, logs of processes, and stacks of errors')
    .option(
      '--timeout <seconds>',
      'how long a process may take for an answer, and a layer in a worker for a call',
      readSeconds,
    )
    .addOption(new Option('--layer <name>', 'only this layer; may be repeated').default([], 'all').argParser(collect))
    .option('--argument <name>', "only this argument's gradient")
    .option('--case <id>', 'only this case')
    .option('--cases <n>', 'how many cases are drawn of a layer that draws them', readCount)
    .option('--workers <n>', 'threads that several layers are checked in (one per core); 0 for none', readWorkers)
    .option('--float64', 'TensorFlow.js (its cpu backend) in float64: files find Float64Array in place of Float32Array')
    .option('--shard <i/n>', 'only the i-th of n parts of the layers, for n machines; see gradcheck merge', readShard)
    .option('--no-color', 'no colours');
}

/** The options of a command, its program's among them. */
export function optionsOf(command: Command): Options {
  const options = command.optsWithGlobals<Options>();
  if (options.shard && !SHARDED.includes(command.name())) {
    throw new UsageError(`--shard is for gradcheck and gradcheck check, not for gradcheck ${command.name()}`);
  }
  return options;
}

/** The commands that --shard is for: `gradcheck` itself and `gradcheck check`. */
const SHARDED = ['gradcheck', 'check'];

function readShard(text: string): Shard {
  const [, index, count] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (!(index >= 1 && index <= count)) throw new InvalidArgumentError('Expected a part of how many, such as 2/4.');
  return { index, count };
}

function readSeed(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty; give any word or number, or "random".');
  return text === 'random' ? String(randomInt(2 ** 31)) : text;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds > 0) || !Number.isFinite(seconds)) {
    throw new InvalidArgumentError('Expected a number of seconds above 0, such as 30.');
  }
  return seconds;
}

function readWorkers(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !(number <= 256)) throw new InvalidArgumentError('Expected a whole number from 0 to 256.');
  return number;
}

function readCount(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !(number >= 1 && number <= 100_000)) {
    throw new InvalidArgumentError('Expected a whole number from 1 to 100000.');
  }
  return number;
}
