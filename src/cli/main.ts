#!/usr/bin/env node
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { UsageError } from '../cases.ts';
import { VERSION } from '../version.ts';
import { closest } from './closest.ts';
import type { Status } from './finish.ts';
import { addOptions, optionsOf } from './options.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import type { TrainOptions } from './train.ts';

const STATUS = `
Exit status: 0 all pass; 1 a layer is wrong or got worse; 2 something could not be checked; 3 nothing is wrong, but something is undecided.`;

/** A run is over when its status is known; whatever ends this process before that ends it with status 2. */
let over = false;

/** Errors that nobody waited for: of a timer, or of a promise that was left alone. */
let stray = 0;

async function main(): Promise<void> {
  const terminal = openTerminal({
    quiet: process.argv.includes('--quiet'),
    jsonOnly: process.argv.some(
      (word, at) => word === '--json=-' || (word === '-' && process.argv[at - 1] === '--json'),
    ),
  });
  const verbose = process.argv.includes('--verbose');
  guard(terminal, verbose);
  let status = 2 as Status;
  const program = programFor(terminal, async run => {
    status = await run();
  });
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) status = error.exitCode === 0 ? 0 : 2;
    else if (error instanceof UsageError) terminal.problem(error.message, verbose ? error : undefined);
    else terminal.problem('this should not have happened; please report it with the lines below', error);
  }
  // Rejections that nobody handled are told of between two turns of the event loop.
  await new Promise(resolve => {
    setImmediate(resolve);
  });
  over = true;
  await terminal.drained();
  process.exit(stray > 0 && status !== 1 ? 2 : status);
}

type Start = (run: () => Promise<Status>) => Promise<void>;

function programFor(terminal: Terminal, start: Start): Command {
  const program = addOptions(new Command('gradcheck'))
    .description(
      'Decides whether the forward and backward passes of neural-network layers are right.\nWithout a command: checks every built-in layer and network, and writes reports/latest.{json,md,html}.',
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: text => terminal.out(text.trimEnd()),
      writeErr: text => terminal.problem(text.replace(/^error: /, '')),
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand('help [command]', 'show the help of a command')
    .allowExcessArguments()
    .usage('[options] [command]')
    .addHelpText(
      'after',
      `${STATUS}

Examples:
  gradcheck                                    every built-in layer and network
  gradcheck --layer conv2d --cases 30          one of them, in more cases
  gradcheck init my-layer                      start a layer of your own, and its test
  gradcheck check my-layer.ts                  the layers that a file exports
  gradcheck check --process "python3 conv.py"  a layer in another language
  gradcheck report                             what changed since the baseline
  gradcheck list                               what the built-in layers are held against`,
    )
    .action((_options: unknown, command: Command) => {
      const options = optionsOf(command);
      return start(async () => {
        if (command.args.length > 0) throw unknownCommand(program, command.args[0]);
        const { checkAll } = await import('./all.ts');
        return checkAll(options, terminal);
      });
    });

  program
    .command('check')
    .description('check the layers that files export (.ts, .mts, .js, .mjs), or a layer in another process')
    .argument('[files...]', 'files that export layers, by default or by name')
    .option('--process <command>', 'a command that answers for a layer on its standard input and output')
    .option('--watch', 'check again whenever a source file beside them is saved; Ctrl-C ends')
    .addHelpText(
      'after',
      `${STATUS}

Examples:
  gradcheck check my-layer.ts
  gradcheck check layers/*.ts --json report.json --html report.html
  gradcheck check my-layer.ts --watch
  gradcheck check my-layer.ts --layer conv --argument weight --case 3 --seed 42
  gradcheck check --process "python3 my_layer.py" --timeout 5 --verbose`,
    )
    .action((files: string[], given: { process?: string; watch?: boolean }, command: Command) => {
      const options = optionsOf(command);
      return start(async () => {
        if (given.watch) {
          const { watchFiles } = await import('./watch.ts');
          return watchFiles(files, given.process, terminal);
        }
        const { checkGiven } = await import('./check.ts');
        return checkGiven(files, given.process, options, terminal);
      });
    });

  program
    .command('init')
    .description('start a layer of your own: writes NAME.ts and NAME.test.ts, which pass and are ready to be edited')
    .argument('[name]', 'letters, digits, - and _; a folder may stand before it', 'my-layer')
    .option('--force', 'overwrite files that are there')
    .addHelpText(
      'after',
      '\nExamples:\n  gradcheck init\n  gradcheck init layers/swish\n  gradcheck init swish --force',
    )
    .action((name: string, { force = false }: { force?: boolean }) =>
      start(async () => {
        const { init } = await import('./init.ts');
        return init(name, force, terminal);
      }),
    );

  program
    .command('fixtures')
    .description('hold the built-in layers and their alternatives against golden values')
    .argument('<folders...>', 'folders, or files, of the schema gradcheck-fixture/1; other schemas are passed over')
    .addHelpText(
      'after',
      `
Compared to 1e-12 of the largest magnitude of each tensor, whatever a fixture suggests.
${STATUS}

Examples:
  gradcheck fixtures fixtures/torch
  gradcheck fixtures my-fixtures --layer conv2d --verbose
  gradcheck fixtures my-fixtures --case conv2d.basic`,
    )
    .action((folders: string[], _given: unknown, command: Command) => {
      const options = optionsOf(command);
      return start(async () => {
        const { runFixtures } = await import('./fixtures.ts');
        return runFixtures(folders, options, terminal);
      });
    });

  program
    .command('report')
    .description(
      'check, and say what changed since the baseline, reports/baseline.json: what regressed though it still passes, too',
    )
    .argument('[inputs...]', 'files that export layers, or reports to read (.json); without any, every built-in layer')
    .option('--process <command>', 'a command that answers for a layer on its standard input and output')
    .option('--baseline <which>', 'another one: a name that was saved, a file (.json), or a git revision')
    .option('--save-baseline <name>', 'keep what was measured under a name, to compare other branches with')
    .option('-u, --update', 'write what was measured into the baseline; never under CI')
    .option('--strict', 'what is new or missing fails, too')
    .option('--known <file>', 'what is expected to fail (schema gradcheck-known/1): listed, not counted')
    .option('--junit <file>', 'write the report as JUnit XML')
    .option('--comment <file>', 'write what is worth a comment on a pull request, as Markdown')
    .addHelpText(
      'after',
      `
Writes reports/latest.{json,md,html}, and a line of reports/history.ndjson. In GitHub Actions it annotates the run and writes the
step's summary.
${STATUS}

Examples:
  gradcheck report --update                              what is measured now is the baseline
  gradcheck report --strict                              in CI
  gradcheck report layers/*.ts --known known.json        your own layers, one of them known to be wrong
  gradcheck report --save-baseline main                  on one branch, and on another:
  gradcheck report --baseline main
  gradcheck report --baseline origin/main                what is committed there
  gradcheck report report.json                           of a run on several machines; see gradcheck merge`,
    )
    .action((inputs: string[], _given: unknown, command: Command) => {
      const options = optionsOf(command);
      return start(async () => {
        const { reportChanges } = await import('./report.ts');
        return reportChanges(inputs, command.opts(), options, terminal);
      });
    });

  program
    .command('merge')
    .description('join the reports of several machines, in any order')
    .argument('<reports...>', 'reports (.json); baselines beside them are passed over')
    .requiredOption('-o, --output <file>', 'where the joint report goes')
    .addHelpText(
      'after',
      `
It fails where a shard is missing, where versions differ, and where two reports say different things of one check.
${STATUS}

Examples:
  gradcheck --shard 1/2                                  on one machine: leaves reports/shard-1-of-2.json
  gradcheck --shard 2/2                                  on another
  gradcheck merge reports/shard-*.json -o report.json`,
    )
    .action((reports: string[], { output }: { output: string }, command: Command) => {
      const options = optionsOf(command);
      return start(async () => {
        const { merge } = await import('./merge.ts');
        return merge(reports, output, options, terminal);
      });
    });

  program
    .command('audit')
    .description(
      "check another library's own operations and layers, in float64 where that can be, and in its own precision",
    )
    .argument('<library>', 'tfjs, jax or convnetjs; it must be installed')
    .argument(
      '[words...]',
      'only operations with one of these words in their names; nothing is written to reports/audits then',
    )
    .addHelpText(
      'after',
      `
Writes reports/audits/LIBRARY-VERSION.{json,md}. Every call has a time limit (--timeout, 10 s): what hangs is ended and told of.
Exit status: 0 nothing is wrong; 1 something is; 2 it could not begin.

Examples:
  gradcheck audit tfjs
  gradcheck audit tfjs conv2d maxPool
  gradcheck audit jax
  gradcheck audit convnetjs`,
    )
    .action((library: string, words: string[], _given: unknown, command: Command) => {
      const options = optionsOf(command);
      return start(async () => {
        const { audit } = await import('./audit.ts');
        return audit(library, words, options, terminal);
      });
    });

  program
    .command('train')
    .description('train a demonstration network, or your own, to read digits, and write its curves')
    .argument(
      '<network>',
      'perceptron, convolutional, lenet5, lenet5-partial, each with -original for the settings that were asked about; or a file',
    )
    .option('--data <folder>', "MNIST's four files, plain or gzipped; without it digits are drawn by a generator")
    .option('--epochs <n>', 'how often all pictures are gone through', '3')
    .option('--pictures <n>', 'only so many training pictures')
    .option('--rate <number>', "the learning rate, in place of the network's own")
    .option('--batch <n>', "the size of a batch, in place of the network's own")
    .option('--reduction <which>', 'whether the gradients of a batch count by their "sum" or their "mean"')
    .option('--initialiser <name>', 'how weights begin: xavier, lecun, he or volume')
    .option('--scale <which>', 'how grey becomes a number: "raw", "unit" or "standard"')
    .option('--engine <which>', '"simd", vectors in WebAssembly, or "plain", TypeScript', 'simd')
    .option('--checkpoint <file>', 'keep where the training stands, after every epoch and at Ctrl-C')
    .option('--resume', 'go on from the checkpoint, bit for bit as if it had not stopped')
    .addHelpText(
      'after',
      `
Exit status: 0 trained; 1 it diverged, and when, where and in which tensor is said; 2 it could not begin; 3 it was stopped.

Examples:
  gradcheck train lenet5                                 drawn digits, nothing to download
  gradcheck train lenet5 --data mnist --html lenet5.html
  gradcheck train lenet5-original --data mnist --rate 1e-3
  gradcheck train lenet5 --data mnist --epochs 15 --checkpoint lenet5.ckpt
  gradcheck train lenet5 --data mnist --epochs 15 --checkpoint lenet5.ckpt --resume`,
    )
    .action((name: string, given: TrainOptions, command: Command) => {
      const options = optionsOf(command);
      return start(async () => {
        const { train } = await import('./train.ts');
        return train(name, given, options, terminal);
      });
    });

  program
    .command('doctor')
    .description(
      'say why a network does not learn: its gradients, inputs, labels, activations, updates, and largest stable learning rate, measured',
    )
    .argument('<network>', 'as for gradcheck train')
    .option('--data <folder>', "MNIST's four files, plain or gzipped; without it digits are drawn by a generator")
    .option('--pictures <n>', 'only so many training pictures')
    .option('--rate <number>', 'the learning rate')
    .option('--batch <n>', 'the size of a batch')
    .option('--reduction <which>', '"sum" or "mean"')
    .option('--initialiser <name>', 'xavier, lecun, he or volume')
    .option('--scale <which>', '"raw", "unit" or "standard"')
    .option('--engine <which>', '"simd" or "plain"', 'simd')
    .addHelpText(
      'after',
      `
Exit status: 0 nothing is ill; 1 something is; 2 it could not begin.

Examples:
  gradcheck doctor lenet5
  gradcheck doctor perceptron-original --data mnist
  gradcheck doctor lenet5 --scale raw --rate 1`,
    )
    .action((name: string, given: TrainOptions, command: Command) => {
      const options = optionsOf(command);
      return start(async () => {
        const { doctor } = await import('./doctor.ts');
        return doctor(name, given, options, terminal);
      });
    });

  program
    .command('list')
    .description('the built-in layers, and which oracles each has and lacks')
    .addHelpText('after', '\nExamples:\n  gradcheck list\n  gradcheck list --layer conv2d --json -')
    .action((_given: unknown, command: Command) => {
      const options = optionsOf(command);
      return start(async () => {
        const { list } = await import('./list.ts');
        return list(options, terminal);
      });
    });
  return program;
}

function unknownCommand(program: Command, word: string): UsageError {
  if (/\.[mc]?[jt]s$/.test(word))
    return new UsageError(`"${word}" is no command; did you mean: gradcheck check ${word}`);
  const names = program.commands.map(command => command.name());
  const similar = closest(word, names);
  const hint = similar ? `did you mean "${similar}"?` : `the commands are ${names.join(', ')}`;
  return new UsageError(`"${word}" is no command; ${hint}`);
}

/** Whatever a layer does to the process, the run does not seem to have passed. */
function guard(terminal: Terminal, verbose: boolean): void {
  process.on('exit', status => {
    const bySignal = status > 128;
    if (over || bySignal) return;
    process.exitCode = 2;
    terminal.problem(
      'the run ended before its checks did: a layer called process.exit, or a promise of it never settles',
    );
  });
  process.on('uncaughtException', error => {
    stray++;
    if (stray > 3) return;
    terminal.problem(`an error in something that nobody waited for: ${String(error)}`, verbose ? error : undefined);
  });
  // Whoever read the output has stopped reading.
  process.stdout.on('error', () => {
    over = true;
    process.exit(2);
  });
}

void main();
