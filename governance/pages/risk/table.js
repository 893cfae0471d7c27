// A table that sorts by its headings and shows some rows at a time; on a phone each row is a card.
const SHOWN = matchMedia("(max-width: 46rem)").matches ? 10 : 50;

function table(name, columns, {order = 0, down = false} = {}) {
  const body = element("tbody"), more = element("button", {type: "button", class: "more"});
  const heads = columns.map((column, at) => element("th", {scope: "col", class: column.number ? "n" : false},
    element("button",
    {type: "button", on: {click: () => sort(at)}}, column.name, element("span", {"aria-hidden": "true"}))));
  const said = element("p", {class: "note"});
  let rows = [], shown = SHOWN;
  more.addEventListener("click", () => { shown += SHOWN; draw(shown - SHOWN); });

  function sort(at) {
    [order, down] = [at, at === order ? !down : Boolean(columns[at].down)];
    arrange();
  }
  function arrange() {
    const of = columns[order].order, way = down ? -1 : 1;
    const keyed = rows.map((row, at) => [of(row), at, row]);
    keyed.sort(([a, i], [b, j]) => (a < b ? -way : a > b ? way : i - j));
    rows = keyed.map(([, , row]) => row);
    heads.forEach((head, at) => {
      head.setAttribute("aria-sort", at !== order ? "none" : down ? "descending" : "ascending");
      head.querySelector("span").textContent = at !== order ? "" : down ? " ↓" : " ↑";
    });
    shown = SHOWN;
    body.replaceChildren();
    draw(0);
  }
  function draw(from) {
    body.append(...rows.slice(from, shown).map((row) => element("tr", {}, columns.map((column) => element("td",
      {"data-label": column.name, class: column.number ? "n" : false}, column.cell(row))))));
    more.hidden = shown >= rows.length;
    more.textContent = `Show ${Math.min(SHOWN, rows.length - shown)} of ${counted(rows.length - shown, "more", "more")}`;
  }
  const box = element("div", {class: "cards"}, said, element("table", {"aria-label": name},
    element("thead", {}, element("tr", {}, heads)), body), more);
  return {box, show: (given, sentence) => { rows = given; said.textContent = sentence; arrange(); }};
}
