// Tables can be sorted by a click on a heading, and one sound plays at a time. Without this script
// everything else works.
"use strict";

const leading = /^[-+\u2212]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/i;
const isEmpty = (text) => text === "" || text === "-";
const numberOf = (text) => {
  const found = leading.exec(text);
  return found ? Number(found[0].replace("\u2212", "-")) : NaN;
};

function order(rows, column, direction) {
  const texts = new Map(rows.map((row) => [row, row.cells[column].textContent.trim()]));
  const known = rows.filter((row) => !isEmpty(texts.get(row)));
  const byNumber = known.every((row) => !Number.isNaN(numberOf(texts.get(row))));
  known.sort((one, other) => {
    const [first, second] = [texts.get(one), texts.get(other)];
    const difference = byNumber
      ? numberOf(first) - numberOf(second)
      : first.localeCompare(second, undefined, { numeric: true });
    return direction * difference;
  });
  // Rows without a value stay last, whatever the direction.
  return known.concat(rows.filter((row) => isEmpty(texts.get(row))));
}

for (const table of document.querySelectorAll(".scroll table")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  if (original.length < 2) continue;
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.tagName !== "TH") return;
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: "" }[head.ariaSort] ?? "ascending";
      for (const each of heads) each.removeAttribute("aria-sort");
      if (next) head.setAttribute("aria-sort", next);
      const direction = next === "descending" ? -1 : 1;
      body.append(...(next ? order(original, column, direction) : original));
    });
  });
}

document.addEventListener("play", (event) => {
  for (const audio of document.querySelectorAll("audio")) {
    if (audio !== event.target) audio.pause();
  }
}, true);
