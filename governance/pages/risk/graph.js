// The graph around the chosen asset. A small graph is drawn whole, of a large one what is near; edges are drawn where
// the browser has put the assets, so that one drawing serves wide screens (left to right) and phones (top to bottom).
const WHOLE = 60, NEAR = 4, WIDE = 8;
const layersBox = document.getElementById("layers"), svg = document.querySelector("#drawing svg");
let drawn = [], drawnFor = "";

function showGraph(wanted) {
  const asset = byKey.get(wanted.asset), finding = findings[wanted.finding] || null;
  const steps = asset && finding ? nearestRoute(asset, finding.source) : [];
  const above = asset ? reachable(asset, "parents") : new Map(), below = asset ? reachable(asset, "heirs") : new Map();
  const layers = assets.length <= WHOLE ? whole() : near(asset, above, below, steps);
  const way = [...new Set(steps.map((step) => step.asset))];
  const focused = document.activeElement && document.activeElement.dataset.asset;
  drawn = [];
  layersBox.replaceChildren(...layers.map(({name, ids, left}) => element("div", {class: "layer"},
    name ? element("h3", {}, name) : "",
    ids.map((id) => (typeof id === "string" ? element("span", {class: "bend", "data-bend": id})
      : nodeOf(assets[id], {asset, above, below, way}))),
    left ? element("p", {class: "note"}, `and ${left.toLocaleString("en")} more, in the table below`) : "")));
  drawn = edges(layers, way);
  drawEdges();
  const node = focused && layersBox.querySelector(`[data-asset="${CSS.escape(focused)}"]`);
  if (node && drawnFor !== wanted.asset) layersBox.querySelector('[aria-current="true"]')?.focus();
  else if (node) node.focus();
  if (asset && drawnFor !== wanted.asset) inSight(layersBox.querySelector('[aria-current="true"]'));
  drawnFor = wanted.asset;
}

// Scrolls the drawing alone, never the page.
function inSight(node) {
  const walk = document.querySelector(".walk"), inner = node.getBoundingClientRect(), outer = walk.getBoundingClientRect();
  if (inner.right > outer.right || inner.left < outer.left) {
    walk.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }
}

// Each asset right of all it is made from. An edge that passes by other layers bends round what is in them: there
// it has a place of its own, named "~" and the asset it comes from.
function whole() {
  const depth = new Map();
  const deep = (id) => {
    if (!depth.has(id)) depth.set(id, 1 + Math.max(-1, ...assets[id].parents.map(deep)));
    return depth.get(id);
  };
  const layers = [];
  for (const {id} of assets) (layers[deep(id)] ??= {ids: []}).ids.push(id);
  for (const {id, parents} of assets) {
    for (const parent of parents) {
      for (let between = depth.get(parent) + 1; between < depth.get(id); between += 1) {
        if (!layers[between].ids.includes(`~${parent}`)) layers[between].ids.push(`~${parent}`);
      }
    }
  }
  return untangled(layers);
}

// Assets beside what they are made from: fewer edges cross.
function untangled(layers) {
  layers.slice(1).forEach((layer, at) => {
    const before = layers[at].ids;
    const mean = (id) => {
      const parents = typeof id === "string" ? [Number(id.slice(1))] : assets[id].parents;
      const found = parents.map((parent) => Math.max(before.indexOf(parent), before.indexOf(`~${parent}`)))
        .filter((index) => index >= 0);
      return found.length ? found.reduce((sum, index) => sum + index, 0) / found.length : before.length;
    };
    layer.ids.sort((one, other) => mean(one) - mean(other));
  });
  return layers;
}

function near(asset, above, below, steps) {
  if (!asset) {
    const first = answers.slice(0, WIDE * 2).map((answer) => answer.asset);
    return [{name: "Outputs; choose one, or any asset below", ids: first, left: answers.length - first.length}];
  }
  const way = new Set(steps.map((step) => step.asset));
  const layer = (found, distance, words) => {
    const all = [...found].filter(([, at]) => at === distance).map(([id]) => id);
    const ordered = all.sort((a, b) => way.has(b) - way.has(a) || assets[b].worst - assets[a].worst || a - b);
    return {name: `${words} ${distance}`, ids: ordered.slice(0, WIDE), left: Math.max(0, all.length - WIDE)};
  };
  const far = (found) => Math.min(Math.max(0, ...found.values()), Math.max(NEAR, steps.length - 1));
  const up = Array.from({length: far(above)}, (_, at) => layer(above, at + 1, "made from, distance")).reverse();
  const down = Array.from({length: Math.min(far(below), NEAR)}, (_, at) => layer(below, at + 1, "goes into, distance"));
  return [...up, {name: "chosen", ids: [asset.id], left: 0}, ...down];
}

function nodeOf(one, {asset, above, below, way}) {
  const step = way.indexOf(one.id), chosen = asset === one;
  const side = chosen ? "chosen" : above.has(one.id) ? "above" : below.has(one.id) ? "below" : asset ? "aside" : "";
  const [head, ...rest] = one.key.split("/").reverse();
  const words = {chosen: "chosen", above: "it is made from this", below: "this is made from it"}[side];
  return element("button", {type: "button", class: `node ${side} ${step >= 0 ? "on-way" : ""}`, "data-asset": one.key,
    "aria-current": chosen ? "true" : false, title: words ? `${one.key}: ${words}` : one.key,
    on: {click: () => choose(one), keydown: (event) => walk(event, one)}},
  step >= 0 ? element("span", {class: "step", title: "step of the way"}, step + 1) : "",
  element("span", {class: "key"}, rest.length ? element("small", {}, `${rest.reverse().join("/")}/`) : "", ...broken(head)),
  worstBadge(one));
}

function walk(event, asset) {
  const layer = event.target.parentElement;
  const to = {ArrowLeft: asset.parents.map((id) => assets[id].key), ArrowRight: asset.heirs.map((id) => assets[id].key)};
  let next = null;
  if (to[event.key]) {
    next = to[event.key].map((key) => layersBox.querySelector(`[data-asset="${CSS.escape(key)}"]`)).find(Boolean);
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const here = [...layer.querySelectorAll(".node")];
    next = here[here.indexOf(event.target) + (event.key === "ArrowUp" ? -1 : 1)];
  } else return;
  event.preventDefault();
  next?.focus();
}

// Each edge with the layers it passes by.
function edges(layers, way) {
  const layerOf = new Map(layers.flatMap(({ids}, at) => ids.map((id) => [id, at])));
  return assets.filter(({id}) => layerOf.has(id)).flatMap(({id, key, parents}) => parents
    .filter((parent) => layerOf.has(parent)).map((parent) => ({
      from: assets[parent].key, to: key, by: `~${parent}`, between: [layerOf.get(parent) + 1, layerOf.get(id)],
      onWay: way.indexOf(parent) >= 0 && way.indexOf(id) === way.indexOf(parent) + 1})));
}

function drawEdges() {
  const box = document.getElementById("drawing").getBoundingClientRect();
  const at = new Map([...layersBox.querySelectorAll(".node")].map((node) => [node.dataset.asset, node]));
  const columns = [...layersBox.children], down = getComputedStyle(layersBox).flexDirection === "column";
  svg.setAttribute("width", layersBox.scrollWidth);
  svg.setAttribute("height", layersBox.scrollHeight);
  svg.replaceChildren(...drawn.sort((one, other) => one.onWay - other.onWay).map((edge) => {
    const bends = columns.slice(...edge.between).map((layer) => layer.querySelector(`[data-bend="${edge.by}"]`));
    const stops = [at.get(edge.from), ...bends.filter(Boolean), at.get(edge.to)];
    const path = document.createElementNS(svg.namespaceURI, "path");
    const chosen = [edge.from, edge.to].includes(drawnFor || asked().asset);
    path.setAttribute("class", `edge ${edge.onWay ? "on-way" : chosen ? "next" : ""}`);
    path.setAttribute("d", curve(stops.map((stop) => stop.getBoundingClientRect()), box, down));
    return path;
  }));
}

// From stop to stop, and straight through those between.
function curve(stops, box, down) {
  const into = (stop) => (down ? [stop.left + stop.width / 2 - box.left, stop.top - box.top]
    : [stop.left - box.left, stop.top + stop.height / 2 - box.top]);
  const outOf = (stop) => (down ? [stop.left + stop.width / 2 - box.left, stop.bottom - box.top]
    : [stop.right - box.left, stop.top + stop.height / 2 - box.top]);
  let [x, y] = outOf(stops[0]), said = `M${x},${y}`;
  for (const stop of stops.slice(1)) {
    const [u, v] = into(stop);
    said += down ? `C${x},${(y + v) / 2} ${u},${(y + v) / 2} ${u},${v}` : `C${(x + u) / 2},${y} ${(x + u) / 2},${v} ${u},${v}`;
    [x, y] = outOf(stop);
    if (stop !== stops.at(-1)) said += `L${x},${y}`;
  }
  return said;
}
