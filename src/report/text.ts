/** How much of a name is shown. */
const LONGEST_NAME = 60;

/**
 * Characters that do something to a terminal or to the order of what is read: controls (so that no escape sequence is left),
 * marks that change direction, invisible ones, line separators, halves of surrogate pairs, and what no standard gives a form.
 */
const HARMFUL = /[\p{C}\p{Zl}\p{Zp}]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text on one line, of at most `limit` characters, with every character that is not plain to see written as its code. */
export function printable(text: string, limit = LONGEST_NAME): string {
  const seen = text
    .slice(0, 2 * limit)
    .replace(HARMFUL, character => NAMED[character] ?? `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
  const characters = Array.from(seen);
  if (characters.length <= limit && text.length <= 2 * limit) return seen;
  return `${characters.slice(0, limit - 1).join('')}…`;
}

/** The lines of a text, each of them printable; blank ones left out. */
export function printableLines(text: string, limit: number, count: number): string[] {
  const lines = text
    .split(/\r\n|\r|\n/, 4 * count)
    .filter(line => line.trim() !== '')
    .map(line => printable(line, limit));
  return lines.length <= count ? lines : [...lines.slice(0, count - 1), '…'];
}

/** A number at a glance: three significant digits. */
export function short(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e6) return String(Number(value.toPrecision(3)));
  return value.toExponential(Number(value.toPrecision(2)) === Number(value.toPrecision(1)) ? 0 : 1);
}

/** Two numbers with as many digits as it takes to tell them apart, and two more; six at least. */
export function pair(a: number, b: number): [string, string] {
  const relative = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  const digits = relative > 0 && relative < 1 ? Math.min(17, Math.max(6, 2 - Math.floor(Math.log10(relative)))) : 6;
  const text = (value: number) => (Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : String(value));
  return [text(a), text(b)];
}

/** A whole number with its thousands set apart. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "1 check", "2 checks". */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** How many columns a text takes, where every character takes one. */
function widthOf(text: string): number {
  return Array.from(text).length;
}

/** Rows of cells as lines, in columns as wide as their widest cell; columns named in `right` are aligned to the right. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  }
  return rows.map(row =>
    row
      .map((cell, at) => {
        const space = ' '.repeat(widths[at] - widthOf(cell));
        return right.includes(at) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** A text over several lines of at most `width` characters, broken between words (but not after ±), and in longer words. */
export function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(/(?<!±) /).flatMap(one => pieces(one, width))) {
    const last = lines[lines.length - 1];
    if (last === '') lines[lines.length - 1] = word;
    else if (widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A word in pieces of at most `width` characters. */
function pieces(word: string, width: number): string[] {
  const characters = Array.from(word);
  const count = Math.max(1, Math.ceil(characters.length / width));
  return Array.from({ length: count }, (_, at) => characters.slice(at * width, (at + 1) * width).join(''));
}

/** The first lines, and a sign that there are more. */
export function cut(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1]} …`];
}

/** A command over several lines that a POSIX shell takes for one, broken before options outside of quotes. */
export function commandLines(command: string, width: number): string[] {
  const parts = command.match(/(?:'[^']*'|"[^"]*"|[^'"])+?(?= --\w|$)/g) ?? [];
  // A quote that is no pair leaves something over.
  if (parts.join('') !== command) return [command];
  const lines = [''];
  for (const part of parts.map(one => one.trim())) {
    const last = lines[lines.length - 1];
    if (last === '') lines[lines.length - 1] = part;
    else if (widthOf(last) + widthOf(part) + 3 <= width) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(`  ${part}`);
  }
  return lines.map((line, at) => (at < lines.length - 1 ? `${line} \\` : line));
}

/** How parts of a text are set off from the rest. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const same = (text: string): string => text;

/** No colours. */
export const PLAIN: Paint = { bold: same, dim: same, red: same, green: same, yellow: same };
