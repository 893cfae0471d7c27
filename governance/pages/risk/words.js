// How things are shown. A sign and a word say it; colour only repeats it.
const SIGNS = {critical: "◆", high: "▲", medium: "●", low: "○"};
const STATES = {clean: ["✓", "clean"], risks: ["!", "risks"], not_assessed: ["?", "not assessed"],
  unreadable: ["✕", "unreadable"]};
const VERDICTS = {beyond: ["✕", "Beyond the appetite"], unknown: ["?", "Not known"], risks: ["!", "Risks, no policy"],
  within: ["✓", "Within the appetite"], clean: ["✓", "Clean"]};

function saidTime(iso) {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}

function severityBadge(severity) {
  return element("span", {class: `badge ${severity}`}, element("span", {"aria-hidden": "true"}, SIGNS[severity]),
    ` ${severity}`);
}

function stateBadge(state) {
  const [sign, word] = STATES[state];
  return element("span", {class: `badge state-${state}`}, element("span", {"aria-hidden": "true"}, sign), ` ${word}`);
}

function worstBadge(asset) {
  return asset.worst < 0 ? stateBadge(asset.state) : severityBadge(SEVERITIES[asset.worst]);
}

function assetButton(asset, {finding = "", text = asset.key} = {}) {
  return element("button", {type: "button", class: "link", on: {click: () => { choose(asset, finding); seeGraph(); }}},
    ...broken(text));
}

// Long keys may break after their separators.
function broken(text) {
  return text.split(/(?<=[/._])/).flatMap((part) => [part, document.createElement("wbr")]).slice(0, -1);
}

function named(key) {
  const asset = byKey.get(key);
  return asset ? assetButton(asset) : key;
}

function originOf(finding) {
  return element("span", {}, named(finding.origin), finding.column ? `.${finding.column}` : "");
}

function seeGraph() {
  document.getElementById("graph").scrollIntoView({block: "start"});
}

const VIA = {asset: "the whole asset", influence: "decides which rows there are", assumed: "assumed: no column lineage"};

// A way in steps, each with its column or why there is none.
function wayOf(steps, source) {
  const start = source.kind === "process" ? [element("li", {}, source.origin)] : [];
  return element("ol", {class: "way"}, start, steps.map((place) => element("li", {},
    assetButton(assets[place.asset]), place.column ? element("b", {}, `.${place.column}`) : "",
    !place.column && place.via !== "asset" ? element("small", {}, ` ${VIA[place.via]}`) : "")));
}
