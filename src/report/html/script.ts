/**
 * What the page can do beyond being read: sorting and filtering of the table, walking through heat maps with the arrow keys, and
 * unfolding what a link leads to. It makes its controls itself, so that without it there are none that do nothing.
 */
export const SCRIPT = `'use strict';
(() => {
  const reveal = () => {
    const found = document.getElementById(location.hash.slice(1));
    if (!found || found.tagName !== 'DETAILS') return;
    for (let one = found; one; one = one.parentElement.closest('details')) one.open = true;
    found.scrollIntoView();
    found.querySelector('summary').focus({ preventScroll: true });
  };
  addEventListener('hashchange', reveal);
  reveal();
  // A link to where one is already changes no hash.
  document.addEventListener('click', event => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) reveal();
  });

  const body = document.querySelector('#findings tbody');
  const rows = [...body.rows];
  const headings = [...document.querySelectorAll('#findings thead th')];
  const values = rows.map(row => [...row.cells].map(cell => cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v)));
  const order = rows.map((_, at) => at);
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  const sortBy = (column, sign) => {
    order.sort((a, b) => {
      const [x, y] = [values[a][column], values[b][column]];
      if (typeof x === 'string') return sign * compare(x, y) || a - b;
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || a - b;
      return x === y ? a - b : x < y ? -sign : sign;
    });
    body.append(...order.map(at => rows[at]));
    headings.forEach((heading, at) => {
      if (at === column) heading.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
      else heading.removeAttribute('aria-sort');
    });
  };
  headings.forEach((heading, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...heading.childNodes);
    heading.append(button);
    // The largest error first.
    const first = heading.className === 'number' ? -1 : 1;
    button.addEventListener('click', () => {
      const now = heading.getAttribute('aria-sort');
      sortBy(column, now === null ? first : now === 'ascending' ? -1 : 1);
    });
  });

  const form = document.getElementById('filters');
  const shown = document.getElementById('shown');
  const texts = rows.map(row => row.textContent.toLowerCase());
  const filter = () => {
    const { words, verdict, check, changed } = form.elements;
    const wanted = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let visible = 0;
    rows.forEach((row, at) => {
      const { dataset } = row;
      const fits = (!verdict.value || dataset.verdict === verdict.value)
        && (!check.value || dataset.check === check.value)
        && (!changed || !changed.checked || dataset.changed !== undefined)
        && wanted.every(word => texts[at].includes(word));
      row.hidden = !fits;
      if (fits) visible++;
    });
    shown.textContent = visible === rows.length ? rows.length + ' findings' : visible + ' of ' + rows.length + ' findings';
  };
  form.hidden = false;
  form.addEventListener('input', filter);
  form.addEventListener('submit', event => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(filter));

  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-Infinity, 0], End: [Infinity, 0] };
  const focusOn = cell => {
    for (const other of cell.closest('.maps').querySelectorAll('td[tabindex="0"]')) other.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus();
  };
  const cellsOf = table => [...table.rows].map(row => [...row.cells].filter(cell => cell.firstChild && cell.matches('td:not(.corner)'))).filter(line => line.length > 0);
  document.addEventListener('keydown', event => {
    const cell = event.target.closest('.map td');
    const step = STEPS[event.key];
    if (!cell || !step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const tables = [...cell.closest('.maps').querySelectorAll('table')];
    const lines = cellsOf(cell.closest('table'));
    const y = lines.findIndex(line => line.includes(cell));
    const x = lines[y].indexOf(cell);
    const near = (list, at) => list[Math.max(0, Math.min(list.length - 1, at))];
    const beside = tables[tables.indexOf(cell.closest('table')) + Math.sign(step[0] || step[1])];
    const leaves = Number.isFinite(step[0]) && (!lines[y + step[1]] || !lines[y][x + step[0]]);
    if (!leaves) return focusOn(near(near(lines, y + step[1]), x + step[0]));
    if (!beside) return;
    const others = cellsOf(beside);
    focusOn(step[0] ? near(near(others, y), step[0] > 0 ? 0 : Infinity) : near(near(others, step[1] > 0 ? 0 : Infinity), x));
  });
  document.addEventListener('click', event => {
    const cell = event.target.closest('.map td:not(.corner)');
    if (cell && cell.firstChild) focusOn(cell);
  });
})();
`;
