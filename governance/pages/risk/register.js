// Every finding and every asset, to be sorted and filtered.
const bySeverity = (finding) => SEVERITIES.indexOf(finding.severity);
const findingTable = table("Findings", [
  {name: "Severity", order: bySeverity, down: true, cell: (one) => severityBadge(one.severity)},
  {name: "Risk", order: (one) => one.risk,
    cell: (one) => [element("b", {}, one.label), element("br"), element("span", {class: "soft"}, ...broken(one.risk))]},
  {name: "From", order: (one) => `${one.origin}.${one.column}`, cell: (one) => originOf(one)},
  {name: "Kind", order: (one) => one.kind, cell: (one) => one.kind},
  {name: "State", order: (one) => one.state, cell: (one) => one.state},
  {name: "Note", order: (one) => one.note, cell: (one) => one.note},
  {name: "Owner", order: (one) => ownersOf(one).join(), cell: (one) => ownersOf(one).join(", ") || ownersAt(one)},
  {name: "Review by", order: (one) => one.review_by || "~", cell: (one) => one.review_by || "no date"},
  {name: "Reaches", order: (one) => one.heirs, down: true, number: true,
    cell: (one) => `${counted(one.heirs, "asset")}, ${counted(one.outputs, "output")}`},
], {order: 0, down: true});
document.getElementById("finding-list").append(findingTable.box);

function ownersAt(finding) {
  const origin = byKey.get(finding.origin);
  return origin && origin.owners.length ? origin.owners.join(", ") : "nobody";
}

const UNKNOWN_FIRST = ["unreadable", "not_assessed", "risks", "clean"];
const assetTable = table("Assets", [
  {name: "Asset", order: (one) => one.key, cell: (one) => assetButton(one)},
  {name: "State", order: (one) => UNKNOWN_FIRST.indexOf(one.state), cell: (one) => stateBadge(one.state)},
  {name: "Worst", order: (one) => one.worst, down: true,
    cell: (one) => (one.worst < 0 ? "none known" : severityBadge(SEVERITIES[one.worst]))},
  {name: "Risks", order: (one) => one.findings, down: true, number: true, cell: (one) => String(one.findings)},
  {name: "Made from", order: (one) => one.parents.length, number: true, cell: (one) => String(one.parents.length)},
  {name: "Goes into", order: (one) => one.heirs.length, number: true, cell: (one) => String(one.heirs.length)},
  {name: "Group", order: (one) => one.group, cell: (one) => element("span", {}, ...broken(one.group))},
  {name: "Owner", order: (one) => one.owners.join(), cell: (one) => one.owners.join(", ") || "nobody"},
], {order: 2, down: true});
document.getElementById("asset-list").append(assetTable.box);

function showTables(wanted, found) {
  const meant = matchingFindings(wanted);
  findingTable.show(meant, findings.length ? `${meant.length} of ${counted(findings.length, "finding")}`
    : "Nobody declared a finding.");
  assetTable.show(found, `${found.length.toLocaleString("en")} of ${counted(assets.length, "asset")}`);
  document.getElementById("matches").textContent =
    `${counted(found.length, "asset")}, ${counted(meant.length, "finding")}`;
}

function showUnused() {
  const unused = Object.entries(data.register).filter(([id]) => !findings.some((finding) => finding.risk === id));
  document.getElementById("register").append(element("details", {}, element("summary", {},
    `${counted(unused.length, "risk")} of the register that nobody declared`), element("ul", {},
    unused.map(([id, risk]) => element("li", {}, element("b", {}, risk.label), ` ${id}: ${risk.description}`)))));
}
