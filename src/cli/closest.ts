/** The name most like `wanted`, or undefined where none is near enough to be a slip of the fingers. */
export function closest(wanted: string, names: readonly string[]): string | undefined {
  const word = wanted.slice(0, 100).toLowerCase();
  let best: string | undefined;
  let least = Math.ceil(word.length / 3) + 1;
  for (const name of names) {
    const distance = editDistance(word, name.slice(0, 100).toLowerCase());
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best ?? names.find(name => word.length >= 3 && name.toLowerCase().startsWith(word));
}

/** How many letters have to be put in, taken out, or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(changed, row[j] + 1, next[j - 1] + 1);
    }
    row = next;
  }
  return row[b.length];
}
