// What somebody signs: one sheet for each asset that a policy governs, with every risk to decide on.
const LISTED = 50;

function showSheets() {
  const governed = answers.filter((answer) => answer.governed);
  if (!governed.length) {
    told("sheets", element("p", {class: "note"}, "No policy was given, so no asset needs a signature."));
    return;
  }
  const box = element("div", {class: "sheets"}), held = element("details", {}, element("summary", {},
    counted(governed.length, "sheet"), ", one for each asset that the policy governs; they print at the end"), box);
  const fill = () => { if (!box.children.length) box.append(...governed.map(sheet)); };
  held.addEventListener("toggle", fill);
  addEventListener("beforeprint", () => { fill(); held.open = true; });
  told("sheets", held, element("p", {class: "no-print"},
    element("button", {type: "button", on: {click: () => print()}}, "Print the report with its sheets")));
}

function sheet(answer) {
  const asset = assets[answer.asset], [, verdict] = VERDICTS[answer.verdict];
  const shown = answer.risks.slice(0, LISTED), left = answer.risks.length - shown.length;
  return element("article", {class: "sheet"},
    element("h3", {}, asset.key), element("p", {}, `${verdict}. Report of ${saidTime(data.made)}, ${data.name}.`),
    answer.gaps.map((gap) => element("p", {class: "gap"}, `☐ ${gap}`)),
    shown.length ? element("table", {}, element("thead", {}, element("tr", {},
      ["Risk", "From", "Stands", "To decide"].map((word) => element("th", {scope: "col"}, word)))),
    element("tbody", {}, shown.map(toDecide))) : element("p", {}, "No risk stands on it."),
    left > 0 ? element("p", {class: "gap"}, `and ${left} more that do not fit here: see the report.`) : "",
    element("dl", {class: "signature"}, ["Name", "Date", "Decision", "Signature"].map((word) => element("div", {},
      element("dt", {}, word), element("dd", {})))));
}

function toDecide(risk) {
  const finding = findings[risk.finding];
  const stands = risk.refused ? (risk.refused === "overdue" ? "refused: overdue" : "refused") : risk.standing;
  const choices = risk.refused === "overdue" ? ["reviewed, next by ________", "mend by ________"]
    : risk.standing === "accepted" ? ["keep", "withdraw"] : ["accept until ________", "mend by ________"];
  return element("tr", {},
    element("td", {"data-label": "Risk"}, severityBadge(finding.severity), ` ${finding.label}`),
    element("td", {"data-label": "From"}, `${finding.origin}${finding.column ? `.${finding.column}` : ""}`),
    element("td", {"data-label": "Stands"}, stands, risk.date ? element("small", {}, ` ${risk.when} ${risk.date}, ${risk.who}`) : ""),
    element("td", {"data-label": "To decide"}, choices.map((word) => element("span", {class: "choice"}, `☐ ${word}`))));
}
