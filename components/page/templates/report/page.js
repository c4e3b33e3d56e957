"use strict";
// The page is whole without this: it makes tables sortable, saves figures, and opens what is folded
// for print.
const dashless = (text) => (text === "–" ? "" : text.replaceAll("−", "-"));

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    const number = Number(text);
    return text === "" || text === "–" ? null : Number.isNaN(number) ? text.toLowerCase() : number;
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const first = head.dataset.first === "descending" ? "descending" : "ascending";
      const second = first === "ascending" ? "descending" : "ascending";
      const order = before === first ? second : first;
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...body.rows].map((row) => [key(row, column), row]);
      rows.sort(([a], [b]) => {
        if (a === null || b === null) return (a === null) - (b === null);
        if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
        return sign * (a < b ? -1 : a > b ? 1 : 0);
      });
      body.append(...rows.map(([, row]) => row));
    });
  });
}

function save(name, blob) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// The colours are the page's variables, which a picture on its own does not know.
function standalone(svg) {
  const copy = svg.cloneNode(true);
  const shown = [...svg.querySelectorAll("*")];
  [...copy.querySelectorAll("*")].forEach((element, place) => {
    const style = getComputedStyle(shown[place]);
    element.style.fill = style.fill;
    element.style.stroke = style.stroke;
  });
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", 4 * width);
  copy.setAttribute("height", 4 * height);
  return new XMLSerializer().serializeToString(copy);
}

function savePicture(name, svg) {
  const picture = new Image();
  picture.addEventListener("load", () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const context = canvas.getContext("2d");
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0);
    canvas.toBlob((blob) => save(`${name}.png`, blob));
  });
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`;
}

function tableText(table) {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const text = (cell) => dashless(cell.textContent.replaceAll("\u00a0", " ").trim());
  const rows = [...table.tHead.rows, ...table.tBodies[0].rows];
  return rows.map((row) => [...row.cells].map((cell) => quoted(text(cell))).join(",")).join("\n");
}

function offer(place, label, choices) {
  const box = document.createElement("span");
  box.className = "save";
  for (const [kind, action] of choices) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = kind;
    button.setAttribute("aria-label", `Save as ${kind}: ${label}`);
    button.addEventListener("click", action);
    box.append(button);
  }
  place.prepend(box);
}

const asCsv = (text) => new Blob([text], { type: "text/csv" });
for (const figure of document.querySelectorAll("figure[data-csv]")) {
  const { name, csv } = figure.dataset;
  const caption = figure.querySelector("figcaption");
  offer(caption, caption.textContent.trim(), [
    ["CSV", () => save(`${name}.csv`, asCsv(csv))],
    ["PNG", () => savePicture(name, figure.querySelector("svg.chart"))],
  ]);
}
for (const table of document.querySelectorAll("table[data-name]")) {
  const caption = table.caption?.firstElementChild ?? table.caption;
  if (!caption) continue;
  const label = table.closest("[aria-label]")?.getAttribute("aria-label") ?? table.dataset.name;
  const action = () => save(`${table.dataset.name}.csv`, asCsv(tableText(table)));
  offer(caption, label, [["CSV", action]]);
}

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
