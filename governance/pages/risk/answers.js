// The answer first: one card for each thing the business uses.
const FIRST = 20;
let answersShown = FIRST;

function showAnswers(matching) {
  const ids = new Set(matching.map((asset) => asset.id));
  const found = answers.filter((answer) => ids.has(answer.asset));
  const left = found.length - answersShown;
  replaced("answer-list", found.length ? "" : element("p", {class: "note"}, "No output matches the filter."),
    found.slice(0, answersShown).map(answerCard),
    left > 0 && element("button", {type: "button", class: "more",
      on: {click: () => { answersShown += FIRST; show(); }}}, `Show ${Math.min(FIRST, left)} of ${left} more`));
}

function answerCard(answer) {
  const asset = assets[answer.asset], [sign, verdict] = VERDICTS[answer.verdict], worst = answer.risks[0];
  return element("article", {class: `answer-card ${answer.verdict}`},
    element("header", {}, element("h3", {}, assetButton(asset)),
      element("span", {class: "verdict"}, element("span", {"aria-hidden": "true"}, sign), ` ${verdict}`)),
    answer.gaps.map((gap) => element("p", {class: "gap"}, `? ${gap}`)),
    worst ? worstOf(answer, worst) : element("p", {},
      answer.gaps.length ? "No risk is known, which does not say that there is none."
        : "Assessed, with all it is made from: nothing was found."));
}

function worstOf(answer, worst) {
  const finding = findings[worst.finding], steps = route(places[worst.place], finding.source);
  const others = answer.findings - 1;
  return [
    element("p", {class: "what"}, severityBadge(finding.severity), " ", element("b", {}, finding.label),
      finding.origin === assets[answer.asset].key ? ", its own" : [", from ", originOf(finding)],
      element("span", {class: "soft"}, ` ${finding.risk}`)),
    element("p", {}, finding.note),
    wayOf(steps, sources[finding.source]),
    worst.why.length ? element("p", {}, `Why it stands: ${worst.why.join("; ")}.`) : "",
    element("dl", {class: "facts"},
      fact("Who", worst.who), fact("By when", worst.date ? `${worst.when} ${worst.date}` : worst.when),
      fact("What to do", worst.todo, worst.ticket && ` (${worst.ticket})`)),
    element("p", {}, element("button", {type: "button", on: {click: () => {
      choose(assets[answer.asset], worst.finding);
      seeGraph();
    }}}, others > 0 ? `See the way, and ${counted(others, "more finding")}` : "See the way")),
  ];
}

function fact(name, ...said) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, said.filter(Boolean)));
}
