import jsonc from 'jsonc-parser';
import * as v from 'valibot';
import { UsageError } from './cases.ts';

/** What is nested deeper is no data of ours. */
const DEEPEST = 100;

/**
 * What a JSON text holds that follows a schema.
 * @throws UsageError when it is no JSON, a key stands twice in an object, or the schema asks for something else; the message
 * names `where`, the line, and the key.
 */
export function readJson<S extends v.GenericSchema>(text: string, where: string, schema: S): v.InferOutput<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${where}${syntaxLine(text)}: this is not JSON: ${(error as Error).message}`);
  }
  const problem = structureProblem(text);
  if (problem) throw new UsageError(`${where}, line ${lineAt(text, problem.position)}: ${problem.message}`);
  const { output, issues } = v.safeParse(schema, json, { abortEarly: true });
  if (!issues) return output;
  const [{ message, path = [] }] = issues;
  const keys = path.map(({ key }) => key as string | number);
  const key = keys.length > 0 ? `${keys.join('.')}: ` : '';
  throw new UsageError(`${where}${lineOf(text, keys)}: ${key}${message}`);
}

interface Problem {
  readonly position: number;
  readonly message: string;
}

/** A key that stands twice in one object of a valid JSON text, or what is nested too deep. */
function structureProblem(text: string): Problem | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '}' || character === ']') open.pop();
    else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      if (open.length > DEEPEST) return { position: at, message: `it is nested deeper than ${DEEPEST} levels` };
    } else if (character === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) {
        const raw = text.slice(at, end);
        const key = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
        if (keys.has(key)) return { position: at, message: `the key "${key}" stands twice in one object` };
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** The position after the closing quote of the string that begins at one. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

/** ", line 3": of the first error of syntax. */
function syntaxLine(text: string): string {
  let line: number | undefined;
  visit(text, { onError: (_code, _offset, _length, at) => void (line ??= at) });
  return line === undefined ? '' : `, line ${line + 1}`;
}

/** ", line 3": of the value that some keys lead to, or of the innermost one on the way there. */
function lineOf(text: string, keys: readonly (string | number)[]): string {
  let line = 0;
  const look = (at: number, path: readonly (string | number)[]) => {
    const onTheWay = path.every((key, depth) => key === keys[depth]);
    if (onTheWay) line = at;
    return onTheWay;
  };
  visit(text, {
    onObjectBegin: (_offset, _length, at, _character, path) => look(at, path()),
    onArrayBegin: (_offset, _length, at, _character, path) => look(at, path()),
    onLiteralValue: (_value, _offset, _length, at, _character, path) => void look(at, path()),
    // What is off the way is passed over, up to an end that is asked for.
    onObjectEnd: () => undefined,
    onArrayEnd: () => undefined,
  });
  return `, line ${line + 1}`;
}

/** Visits as far as it can: what is nested too deep for it has no line. */
function visit(text: string, visitor: jsonc.JSONVisitor): void {
  try {
    jsonc.visit(text, visitor, { disallowComments: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
