/**
 * A reporter for vitest that collects what `expect(layer).toPassGradcheck()` found into one report: `reporters: ['default',
 * 'gradcheck/reporter']`, or `['gradcheck/reporter', { file }]`.
 */
import { relative, sep } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { writeWhole } from './cli/write.ts';
import { reportToJson } from './report/json.ts';
import { mergeReports } from './report/merge.ts';
import { recorded } from './recorded.ts';
import { DEFAULT_SEED, type Report, report, type Shard } from './run.ts';

export interface ReporterOptions {
  /** Where the report goes; `reports/vitest.json` unless said. With `vitest --shard` the part is added to its name. */
  readonly file?: string;
}

export default class GradcheckReporter implements Reporter {
  readonly #file: string;
  #root = '';
  #shard: Shard | undefined;

  constructor({ file = 'reports/vitest.json' }: ReporterOptions = {}) {
    this.#file = file;
  }

  onInit({ config: { root, shard } }: Vitest): void {
    this.#root = root;
    this.#shard = shard;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const sources = modules.flatMap(module => {
      const file = relative(this.#root, module.moduleId).replaceAll(sep, '/');
      const tests = [...module.children.allTests()];
      return tests.flatMap(test => recorded(test.meta(), file, test.fullName, test.name));
    });
    const found: Report = sources.length > 0 ? mergeReports(sources) : report([], DEFAULT_SEED);
    if (!this.#shard) return writeWhole(this.#file, reportToJson(found));
    const { index, count } = this.#shard;
    const file = `${this.#file.replace(/\.json$/, '')}-shard-${index}-of-${count}.json`;
    return writeWhole(file, reportToJson({ ...found, shard: { index, count } }));
  }
}
