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
export function readJson<S extends v.GenericSchema>(
  text: string,
  where: string,
  schema: S,
  parse: (text: string) => unknown = JSON.parse,
): v.InferOutput<S> {
  let json: unknown;
  try {
    json = parse(text);
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
  // By depth, and used again: there may be millions of objects.
  const keys: Set<string>[] = [];
  const isObject: boolean[] = [];
  let depth = 0;
  for (let position = 0; position < text.length; position++) {
    const character = text[position];
    if (character === '"') {
      const end = endOfString(text, position);
      if (isObject[depth] && isKey(text, end)) {
        const raw = text.slice(position + 1, end);
        const key = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
        if (keys[depth].has(key)) return { position, message: `the key "${key}" stands twice in one object` };
        keys[depth].add(key);
      }
      position = end;
    } else if (character === '{' || character === '[') {
      depth++;
      if (depth > DEEPEST) return { position, message: `it is nested deeper than ${DEEPEST} levels` };
      isObject[depth] = character === '{';
      keys[depth] ??= new Set();
      keys[depth].clear();
    } else if (character === '}' || character === ']') depth--;
  }
  return undefined;
}

/** The position of the quote that closes the string which begins at another. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

/** Whether the string that is closed at a position is a key. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
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
