import { quoted } from './finding.ts';
import { reportFromJson, reportToJson } from './report/json.ts';
import type { Source } from './report/merge.ts';
import type { Report } from './run.ts';

/**
 * What a runner keeps of a test, and what its assertions left there: reports as JSON, in one text, since a runner may keep it as
 * JSON, which loses NaN, Infinity and typed arrays.
 */
interface Meta {
  gradcheck?: string;
}

/** Leaves a report in what a runner keeps of a test. One that is there already is not left again when the test is tried again. */
export function record(meta: object, report: Report): void {
  const texts = new Set([...textsIn(meta), reportToJson(report)]);
  (meta as Meta).gradcheck = JSON.stringify([...texts]);
}

/**
 * The reports that a test left. Their findings bear its name; where it asked of several layers of one name, numbers tell them
 * apart.
 */
export function recorded(meta: object, file: string, title: string, name: string): Source[] {
  const numbers = new Map<string, number>();
  return textsIn(meta).map(text => {
    const report = reportFromJson(text, `${file} > ${title}`);
    const layer = report.findings[0]?.layer ?? '';
    const number = (numbers.get(layer) ?? 0) + 1;
    numbers.set(layer, number);
    const test = `${file} > ${title}${number > 1 ? ` #${number}` : ''}`;
    const replay = `npx vitest run ${quoted(file)} -t ${quoted(pattern(name))}`;
    return { where: test, report: { ...report, findings: report.findings.map(one => ({ test, ...one, replay })) } };
  });
}

function textsIn({ gradcheck = '[]' }: Meta): string[] {
  return JSON.parse(gradcheck) as string[];
}

/** The pattern that matches a text. */
function pattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
