// What is embedded, with numbers turned into what they mean.
const data = JSON.parse(document.getElementById("data").textContent);
const SEVERITIES = ["low", "medium", "high", "critical"];

const assets = data.assets.map(
  ([key, group, owners, state, external, parents, gaps, assessed, unreadable, ends], id) => (
    {id, key, group, owners, state, external, parents, gaps, assessed, unreadable, ends, heirs: [], places: []}),
);
for (const asset of assets) for (const parent of asset.parents) assets[parent].heirs.push(asset.id);
const byKey = new Map(assets.map((asset) => [asset.key, asset]));

const places = data.places.map(([asset, column, via, ended, numbers, distances, from, only], id) => (
  {id, asset, column: data.words[column], via: data.words[via], ended, numbers: data.lists[numbers],
    distances: data.lists[distances], from,
    only: only.map(([hop, list]) => [hop, new Set(data.lists[list])])}));
for (const place of places) assets[place.asset].places.push(place);

const sources = data.sources.map(([origin, kind, column, inForce]) => ({origin, kind, column, inForce, findings: []}));
const findings = data.findings.map((finding, id) => {
  const source = sources[finding.source];
  const made = {...finding, id, origin: source.origin, column: source.column, kind: source.kind,
    area: finding.risk.split(".")[0], label: data.register[finding.risk].label, heirs: 0, outputs: 0};
  source.findings.push(made);
  return made;
});
const answers = data.answers;
const outputs = new Set(answers.map((answer) => answer.asset));

const allInForce = sources.every((source) => source.inForce);

function standing(asset) {
  return asset.places.filter((place) => place.ended < 0);
}

function numbersOf(asset) {
  const held = standing(asset);
  const numbers = held.length === 1 ? held[0].numbers : [...new Set(held.flatMap((place) => place.numbers))];
  return allInForce ? numbers : numbers.filter((number) => sources[number].inForce);
}

const severityOf = sources.map(
  (source) => Math.max(...source.findings.map((finding) => SEVERITIES.indexOf(finding.severity))));

// One look at every place: how many have each finding, and what each asset has at worst.
for (const asset of assets) {
  asset.worst = -1;
  asset.findings = 0;
  for (const number of numbersOf(asset)) {
    const source = sources[number];
    asset.findings += source.findings.length;
    if (severityOf[number] > asset.worst) asset.worst = severityOf[number];
    if (source.origin === asset.key) continue;
    for (const finding of source.findings) {
      finding.heirs += 1;
      finding.outputs += outputs.has(asset.id);
    }
  }
}
