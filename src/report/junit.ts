import type { Finding } from '../finding.ts';
import type { Report } from '../run.ts';
import { changeCells } from './changes.ts';
import type { Change } from './compare.ts';
import { failureText } from './failure.ts';
import { type Key, keyText } from './key.ts';
import { subjectOf } from './table.ts';
import { printable } from './text.ts';

/** What JUnit calls a test case: a finding, or one that is missing. */
interface TestCase {
  readonly key: Key;
  readonly outcome?: {
    readonly element: 'failure' | 'error' | 'skipped';
    readonly type: string;
    readonly text: string;
  };
}

/**
 * A report as JUnit XML: a suite for every layer, a test case for every finding. What is inconclusive, or known to be wrong, is
 * skipped. `counted` are the changes since a baseline that count as failures.
 */
export function reportToJunit({ findings }: Report, counted: readonly Change[] = []): string {
  const changes = new Map(counted.map(change => [keyText(change.key), change]));
  const tests = findings.map((finding): TestCase => {
    const change = changes.get(keyText(finding));
    changes.delete(keyText(finding));
    return { key: finding, outcome: outcomeOf(finding, change) };
  });
  for (const change of changes.values()) tests.push({ key: change.key, outcome: changed(change) });
  const layers = [...new Set(tests.map(({ key }) => key.layer))];
  const suites = layers.map(layer => {
    const own = tests.filter(({ key }) => key.layer === layer);
    return element('testsuite', { name: printable(layer, 200), ...totals(own) }, own.map(testCase).join(''));
  });
  const body = element('testsuites', { name: 'gradcheck', ...totals(tests) }, suites.join(''));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;
}

function outcomeOf(finding: Finding, change: Change | undefined): TestCase['outcome'] {
  const { verdict, code, known, reason } = finding;
  if (known !== undefined) return { element: 'skipped', type: code, text: `known: ${known}` };
  if (verdict === 'pass') return change && changed(change);
  if (verdict === 'inconclusive') return { element: 'skipped', type: code, text: `inconclusive: ${reason}` };
  return { element: verdict === 'fail' ? 'failure' : 'error', type: code, text: failureText(finding) };
}

function changed(change: Change): TestCase['outcome'] {
  return { element: 'failure', type: change.state, text: changeCells(change).join('  ') };
}

function testCase({ key, outcome }: TestCase): string {
  const classname = `${printable(key.layer, 200)}.${printable(key.implementation, 200)}`;
  const attributes = { classname, name: subjectOf(key) };
  if (!outcome) return element('testcase', attributes);
  const { type, text } = outcome;
  const message = printable(text.split('\n')[0], 400);
  return element('testcase', attributes, element(outcome.element, { type, message }, escaped(text)));
}

function totals(tests: readonly TestCase[]): Record<string, string> {
  const number = (wanted: string) => String(tests.filter(({ outcome }) => outcome?.element === wanted).length);
  return {
    tests: String(tests.length),
    failures: number('failure'),
    errors: number('error'),
    skipped: number('skipped'),
  };
}

function element(name: string, attributes: Readonly<Record<string, string>>, content = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  return `<${name}${list.join('')}${content === '' ? '/>' : `>${content}</${name}>`}\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text in which nothing is markup, without the characters that XML 1.0 has no way to write. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, character => ENTITIES[character])
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}');
}
