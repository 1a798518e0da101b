// The table of layers, sortable by every column, with filters by text, op and verdict.
// SPDX-License-Identifier: MIT
"use strict";

// key: name in the address; rank: sort value; text: cell text; down: descending order by default.
const statistic = (of, part = "total") => ({down: true, number: true, rank: (l) => l[part] ? of(l[part]) : null, text: (l) => l[part] ? show(of(l[part])) : ""});
const tableColumns = [
  {key: "index", title: "#", number: true, rank: (l) => l.place, text: (l) => String(l.index)},
  {key: "name", title: "layer", rank: (l) => l.name, text: (l) => l.name},
  {key: "op", title: "op", rank: (l) => l.op, text: (l) => l.op},
  {key: "kernel", title: "kernel", rank: (l) => l.kernel, text: (l) => l.kernel},
  {key: "own", title: "own / bound", ...statistic(measures.worst.of, "own"), bad: (l) => l.own && !l.own.ok},
  {key: "total", title: "total / bound", ...statistic(measures.worst.of), bad: (l) => !l.total.ok},
  {key: "max_abs", title: "max abs", ...statistic(measures.max_abs.of)},
  {key: "max_rel", title: "max rel", ...statistic(measures.max_rel.of)},
  {key: "rel_l2", title: "rel L2", ...statistic(measures.rel_l2.of)},
  {key: "cosine", title: "1 - cosine", ...statistic(measures.cosine.of)},
  {key: "ulp", title: "ULP 99 %", ...statistic(measures.ulp.of)},
  {key: "ulp_max", title: "ULP max", ...statistic(measures.ulp_max.of)},
  {key: "nan", title: "NaN, inf", down: true, number: true, rank: (l) => l.total.nan[0] + l.total.inf[0], bad: (l) => l.total.nan[0] + l.total.inf[0] > 0,
    text: (l) => [...l.total.nan, ...l.total.inf].some((n) => n > 0) ? `${l.total.nan[0]}, ${l.total.inf[0]}` : ""},
  {key: "oracle", title: "closer", rank: (l) => l.oracle?.closer ?? "\uffff", text: (l) => l.oracle?.closer ?? ""},
].filter((c) => (c.key !== "own" || layers.some((l) => l.own)) && (c.key !== "oracle" || layers.some((l) => l.oracle)) &&
  (!["op", "kernel"].includes(c.key) || layers.some((l) => l[c.key])));

// Returns an order of layers.  NaN ranks above every number; a missing value is last in both directions.
function compareLayers(column, direction) {
  const sortable = (v) => Number.isNaN(v) ? Infinity : v;
  return (a, b) => {
    const x = sortable(column.rank(a)), y = sortable(column.rank(b));
    if (x === null || y === null) return (x === null) - (y === null) || a.place - b.place;
    const order = typeof x === "string" ? x.localeCompare(y, "en", {numeric: true}) : x < y ? -1 : x > y ? 1 : 0;
    return direction * order || a.place - b.place;
  };
}

// Returns the column and direction of the sort; "-KEY" reverses a column's default direction.
function sorting() {
  const reversed = state.sort.startsWith("-"), key = reversed ? state.sort.slice(1) : state.sort;
  const column = tableColumns.find((c) => c.key === key) ?? tableColumns[0];
  return {column, direction: (column.down ? -1 : 1) * (reversed ? -1 : 1)};
}

function matches(layer) {
  const text = [layer.name, layer.op, layer.kernel].join(" ").toLowerCase();
  return state.filter.toLowerCase().split(/\s+/).every((word) => text.includes(word)) && (state.op === "" || layer.op === state.op) &&
    (state.bad !== "1" || layer.state !== "good");
}

function tableRow(layer) {
  const cells = tableColumns.map((c) => {
    const cell = make("td", {class: [c.number ? "number" : "", c.key, c.bad?.(layer) ? "bad" : ""].join(" ").trim()});
    if (c.key !== "name") {
      cell.textContent = c.text(layer);
      if (c.key === "kernel") cell.title = layer.kernel;
    } else {
      cell.title = layer.name;
      cell.append(make("span", {class: "mark " + layer.state, title: stateTexts[layer.state]}), linkTo(layer.name));
    }
    return cell;
  });
  const row = make("tr", {"data-name": layer.name}, ...cells);
  row.addEventListener("click", () => {
    choose(layer.place);
    byId("layer").scrollIntoView({block: "nearest"});
  });
  return row;
}

function setUpTable() {
  const heads = tableColumns.map((c) => make("th", {scope: "col", class: c.number ? "number" : null},
    make("button", {onclick: () => setState({sort: state.sort === c.key ? "-" + c.key : c.key})}, c.title)));
  const body = make("tbody"), rows = layers.map(tableRow);
  byId("table").append(make("thead", {}, make("tr", {}, ...heads)), body);

  for (const [id, event] of [["filter", "input"], ["op", "change"]]) byId(id).addEventListener(event, () => setState({[id]: byId(id).value}));
  byId("bad").addEventListener("change", () => setState({bad: byId("bad").checked ? "1" : ""}));
  const ops = [...new Set(layers.map((l) => l.op))].filter(Boolean).sort();
  byId("op").append(make("option", {value: ""}, "all"), ...ops.map((op) => make("option", {value: op}, op)));
  byId("op").parentElement.hidden = ops.length === 0;

  function draw() {
    const {column, direction} = sorting(), shown = layers.filter(matches).sort(compareLayers(column, direction));
    heads.forEach((head, i) => {
      if (tableColumns[i] === column) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    body.replaceChildren(...shown.map((l) => rows[l.place]));
    byId("count").textContent = `${shown.length} of ${layers.length}`;
  }
  listeners.push((changed) => {
    byId("filter").value = state.filter;
    byId("op").value = state.op;
    byId("bad").checked = state.bad === "1";
    if (["sort", "filter", "op", "bad"].some((name) => changed.has(name))) draw();
    rows.forEach((row, place) => row.classList.toggle("chosen", place === chosen()));
  });
}
