// All about the chosen asset: how far it reaches both ways, and each risk it has with the way it came.
const RISKS_SHOWN = 50;

function showAsset(wanted) {
  const asset = byKey.get(wanted.asset);
  if (!asset) {
    const said = wanted.asset ? `There is no asset ${wanted.asset} in this report.` : "";
    replaced("asset", said && element("p", {class: "gap"}, said));
    return;
  }
  const own = asset.places.flatMap((place) => place.numbers.map((number, at) => (
    {place, number, source: sources[number], distance: place.distances[at]})));
  const rows = gathered(own.flatMap((one) => one.source.findings.map((finding) => ({...one, finding}))))
    .sort((a, b) => stands(b) - stands(a)
      || SEVERITIES.indexOf(b.finding.severity) - SEVERITIES.indexOf(a.finding.severity) || a.distance - b.distance);
  const meant = rows.filter((row) => rowMatches(row, asset, wanted));
  replaced("asset",
    element("h3", {}, ...broken(asset.key), " ", stateBadge(asset.state)),
    aboutAsset(asset), reach(asset), gapsOf(asset),
    element("h4", {}, counted(rows.filter(stands).length, "risk"), " on it",
      meant.length < rows.length ? `, ${meant.length} shown by the filter` : ""),
    rows.length ? element("ul", {class: "risks"}, meant.slice(0, RISKS_SHOWN).map((row) => riskRow(row, asset, wanted)))
      : element("p", {class: "note"}, asset.state === "clean" ? "Assessed, with all it is made from: nothing was found."
        : "None is known, which does not say that there is none."),
    meant.length > RISKS_SHOWN
      ? element("p", {class: "note"}, `and ${meant.length - RISKS_SHOWN} more: narrow them with the filter`) : "");
}

function stands(row) {
  return row.place.ended < 0 && row.source.inForce;
}

// One row a finding and fate, whatever number of columns it came by; the nearest stands for all.
function gathered(rows) {
  const found = new Map();
  for (const row of rows) {
    const name = `${row.finding.id} ${row.place.ended}`, known = found.get(name);
    if (!known) found.set(name, {...row, places: [row.place]});
    else {
      known.places.push(row.place);
      if (row.distance < known.distance) Object.assign(known, {place: row.place, distance: row.distance});
    }
  }
  return [...found.values()];
}

function rowMatches(row, asset, wanted) {
  const {kind} = wanted, own = row.finding.origin === asset.key;
  const inAsset = wanted.q && asset.key.toLowerCase().includes(wanted.q.toLowerCase());
  const owned = asset.owners.includes(wanted.owner);
  return isMeant(row.finding, {...wanted, q: inAsset ? "" : wanted.q, owner: owned ? "" : wanted.owner})
    && !(kind === "direct" && !own) && !(kind === "indirect" && own);
}

function aboutAsset(asset) {
  return element("p", {class: "soft"}, [asset.external ? "external" : "made here", `group ${asset.group}`,
    asset.owners.length ? `owned by ${asset.owners.join(", ")}` : "owned by nobody"].join(" · "));
}

function reach(asset) {
  const above = [...reachable(asset, "parents").keys()], below = [...reachable(asset, "heirs").keys()];
  const begin = above.filter((id) => !assets[id].parents.length).length;
  const end = below.filter((id) => outputs.has(id)).length;
  return element("p", {class: "reach"}, "Made from ", element("b", {}, counted(above.length, "asset")),
    `, ${begin} of them sources. `, element("b", {}, counted(below.length, "asset")),
    ` ${below.length === 1 ? "is" : "are"} made from it, ${end} of them used by the business.`);
}

function gapsOf(asset) {
  const said = [];
  if (asset.unreadable) said.push(`What it carries could not be read: ${asset.unreadable}`);
  const [unassessed, unreadable] = asset.gaps;
  if (unreadable && unreadable !== asset.key) said.push(`${unreadable}, from which it is made, could not be read.`);
  if (unassessed) said.push(unassessed === asset.key ? "Nobody assessed it."
    : `Nobody assessed ${unassessed}, from which it is made.`);
  return said.map((sentence) => element("p", {class: "gap"}, `? ${sentence}`));
}

function riskRow(row, asset, wanted) {
  const {finding, place, number, distance} = row, open = String(finding.id) === wanted.finding;
  const kind = finding.kind === "direct" && distance ? "indirect" : finding.kind;
  const columns = row.places.map((one) => one.column).filter(Boolean);
  const answer = answers.find((one) => one.asset === asset.id);
  const judged = answer && answer.risks.find((one) => one.finding === finding.id);
  return element("li", {class: open ? "open" : ""},
    element("button", {type: "button", class: "risk", "aria-expanded": String(open),
      on: {click: () => choose(asset, open ? "" : finding.id)}},
    severityBadge(finding.severity), element("b", {}, finding.label), " ",
    element("span", {class: "soft"}, `${kind}, ${distance ? `distance ${distance}` : "begins here"}`
      + `${columns.length ? `, on ${columns.join(", ")}` : ""} · ${stateOf(finding, place, judged)}`)),
    open ? riskDetail(row, judged) : "");
}

function stateOf(finding, place, judged) {
  if (place.ended >= 0) return `${data.asked ? "ended" : "said to end"} at ${assets[place.ended].key}`;
  if (judged && judged.refused) return judged.refused === "overdue" ? "refused: overdue" : "refused";
  return judged && judged.standing === "accepted" ? "accepted" : finding.state;
}

function riskDetail(row, judged) {
  const {finding, place, number} = row, ways = row.places.reduce((sum, one) => sum + routes(one, number), 0);
  const measured = Object.entries(finding.measured || {}).map(([name, value]) => `${name} ${value}`).join(", ");
  return element("div", {class: "detail"},
    element("p", {}, finding.note),
    element("p", {class: "soft"}, `${finding.risk}: ${data.register[finding.risk].description}`),
    element("p", {}, ways > 1 ? `The nearest of ${ways.toLocaleString("en")} ways it came:` : "The way it came:"),
    wayOf(route(place, number), sources[number]),
    element("dl", {class: "facts"},
      finding.mitigation ? fact("Mitigation", finding.mitigation, finding.by && ` (${finding.by})`) : "",
      finding.proof ? fact("Proof", `${finding.proof}: ${finding.state}`) : "",
      finding.opened_by ? fact("Opened by", `${finding.opened_by}: ${finding.opened}`, measured && ` (${measured})`) : "",
      judged && judged.why.length ? fact("Why it stands", judged.why.join("; ")) : "",
      fact("Who", judged ? judged.who : ownersOf(finding).join(", ") || "nobody"),
      fact("By when", judged && judged.date ? `${judged.when} ${judged.date}`
        : finding.review_by ? `review by ${finding.review_by}` : "no date"),
      judged ? fact("What to do", judged.todo) : "",
      finding.valid_from || finding.valid_until
        ? fact("Counts", `${finding.valid_from || "always"} to ${finding.valid_until || "further notice"}`) : "",
      fact("Inherited by", `${counted(finding.heirs, "asset")}, ${finding.outputs} of them used by the business`)));
}
