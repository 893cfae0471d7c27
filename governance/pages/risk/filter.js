// What matches. An asset matches by itself or by something it has.
const filterForm = document.getElementById("filter");
const FINDING_STATES = ["open", "claim", "proven", "broken", "stale", "not in force"];

function options(select, words, all) {
  select.append(element("option", {value: ""}, all),
    ...words.map(([value, word]) => element("option", {value}, word)));
}

function fillFilter() {
  const same = (words) => [...new Set(words)].sort().map((word) => [word, word]);
  const {severity, kind, state, group, owner, area} = filterForm.elements;
  options(severity, [["critical", "critical"], ["high", "high or worse"], ["medium", "medium or worse"]], "any");
  options(kind, same(["direct", "indirect", "process", "static"]), "any");
  options(state, [], "any");
  state.append(element("optgroup", {label: "of a finding"},
    FINDING_STATES.map((word) => element("option", {value: word}, word))),
  element("optgroup", {label: "of an asset"},
    Object.entries(STATES).map(([value, [, word]]) => element("option", {value}, word))));
  options(group, same(assets.map((asset) => asset.group)), "all");
  options(owner, same([...assets.flatMap((asset) => asset.owners), ...findings.flatMap(ownersOf)]), "all");
  options(area, same(findings.map((finding) => finding.area)), "all");
}

function ownersOf(finding) {
  return [finding.owner, finding.by].filter(Boolean).flatMap((names) => names.split(",")).map((name) => name.trim());
}

function textOf(finding) {
  finding.text ??= [finding.risk, finding.label, finding.note, finding.origin, finding.column, finding.mitigation,
    ...ownersOf(finding)].join("\n").toLowerCase();
  return finding.text;
}

// Whether a finding is meant, but for its group: that is asked of assets.
function isMeant(finding, wanted) {
  return (!wanted.severity || SEVERITIES.indexOf(finding.severity) >= SEVERITIES.indexOf(wanted.severity))
    && (!wanted.kind || finding.kind === (wanted.kind === "indirect" ? "direct" : wanted.kind))
    && (!FINDING_STATES.includes(wanted.state) || finding.state === wanted.state)
    && (!wanted.area || finding.area === wanted.area)
    && (!wanted.owner || ownersOf(finding).includes(wanted.owner))
    && (!wanted.q || textOf(finding).includes(wanted.q.toLowerCase()));
}

function matchingFindings(wanted) {
  if (STATES[wanted.state]) return [];
  return findings.filter((finding) => {
    const origin = byKey.get(finding.origin);
    const owned = origin && origin.owners.includes(wanted.owner) ? {...wanted, owner: ""} : wanted;
    return isMeant(finding, owned) && (wanted.kind !== "indirect" || finding.heirs > 0)
      && (!wanted.group || (origin ? origin.group : finding.origin.slice("group:".length)) === wanted.group);
  });
}

function matchingAssets(wanted) {
  const text = wanted.q.toLowerCase(), meant = new Map();
  const asksAFinding = (one) => one.severity || one.kind || one.area || one.owner || one.q
    || FINDING_STATES.includes(one.state);
  const meantNumbers = (one) => {
    const name = `${one.q}\n${one.owner}`;
    if (!meant.has(name)) meant.set(name, sources.map((source) => source.findings.some((each) => isMeant(each, one))));
    return meant.get(name);
  };
  return assets.filter((asset) => {
    if ((wanted.group && asset.group !== wanted.group) || (STATES[wanted.state] && asset.state !== wanted.state)) {
      return false;
    }
    const inText = text && `${asset.key}\n${asset.group}\n${asset.owners.join("\n")}`.toLowerCase().includes(text);
    const one = {...wanted, q: inText ? "" : wanted.q, owner: asset.owners.includes(wanted.owner) ? "" : wanted.owner};
    return !asksAFinding(one) || has(asset, meantNumbers(one), wanted.kind);
  });
}

function has(asset, numbers, kind) {
  return standing(asset).some((place) => place.numbers.some((number) => numbers[number] && sources[number].inForce
    && (kind !== "direct" || sources[number].origin === asset.key)
    && (kind !== "indirect" || sources[number].origin !== asset.key)));
}
