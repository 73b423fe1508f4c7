// Tables sort by a column when its heading is pressed: numbers as numbers, else as text; again for the other way.
document.addEventListener("DOMContentLoaded", () => {
  const number = (text) => {
    const found = text.replace(/,/g, "").match(/^-?[\d.]+(e[+-]?\d+)?/i);
    return found ? parseFloat(found[0]) : NaN;
  };
  const sorted = (table, column, up) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [row.cells[column]?.textContent.trim() ?? "", row]);
    const numbers = rows.filter(([text]) => text).every(([text]) => !Number.isNaN(number(text)));
    const order = (a, b) => {
      if (!a || !b) return a ? -1 : b ? 1 : 0; // blanks last
      return (up ? 1 : -1) * (numbers ? number(a) - number(b) : a.localeCompare(b, "en"));
    };
    rows.sort(([a], [b]) => order(a, b)).forEach(([, row]) => body.append(row));
  };
  const LONG = 60; // letters of a cell that needs width
  document.querySelectorAll("article table").forEach((table) => {
    for (const cell of table.querySelectorAll("td")) {
      if (cell.textContent.length > LONG) cell.classList.add("long");
    }
    const heads = table.tHead ? [...table.tHead.rows[0].cells] : [];
    if (heads.length < 2 || table.tBodies.length !== 1 || table.tBodies[0].rows.length < 4) return;
    heads.forEach((head, column) => {
      if (head.colSpan > 1 || !head.textContent.trim()) return;
      const button = document.createElement("button");
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        sorted(table, column, up);
      });
    });
  });
});
