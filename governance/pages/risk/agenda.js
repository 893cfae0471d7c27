// What has a date, what is not known, what changed, what was accepted.
const WHAT = {gained: "gained", worsened: "worse", unmitigated: "less is done", unknown: "not known any more", lost: "gone"};

function showAgenda() {
  told("overdue", overdue());
  told("unknown", unknown());
  told("changes", changes());
  told("accepted", acceptedList());
}

function overdue() {
  const owners = [...new Set(data.due.map((one) => one.owner))].sort();
  const late = (owner) => data.due.filter((one) => one.owner === owner);
  return [
    data.due.length ? "" : element("p", {class: "note"}, "Nothing is past its date or due within 14 days. "
      + `${counted(findings.filter((one) => !one.review_by).length, "finding")} of ${findings.length} have no review date.`),
    owners.map((owner) => [element("h3", {}, `${owner}: ${late(owner).filter((one) => one.level === "error").length} overdue, `
      + `${late(owner).filter((one) => one.level === "warn").length} soon due`), element("ul", {}, late(owner).map((one) =>
      element("li", {}, element("b", {}, one.level === "error" ? "✕ overdue " : "! soon "), one.date, ": ", one.said)))]),
    data.idle.length ? [element("h3", {}, "Acceptances of what does not arrive"),
      element("ul", {}, data.idle.map((sentence) => element("li", {}, sentence)))] : "",
  ].flat(3);
}

function unknown() {
  const missing = assets.filter((asset) => asset.unreadable), blank = assets.filter((asset) => !asset.assessed);
  const hanging = assets.filter((asset) => asset.gaps.some(Boolean)).length;
  const loose = findings.filter((finding) => ["stale", "claim"].includes(finding.state)
    || ["stale", "claim"].includes(finding.opened));
  return [
    Object.values(data.failed).map((why) => element("p", {class: "gap"}, `✕ ${why}`)),
    hanging ? element("p", {}, `${counted(hanging, "asset")} of ${assets.length} hang on what is not known. None of them is clean.`)
      : element("p", {class: "note"}, `All ${counted(assets.length, "asset")} were assessed and could be read.`),
    list("Unreadable", missing, (asset) => [named(asset.key), `: ${asset.unreadable}`]),
    list("Not assessed", blank, (asset) => [named(asset.key),
      ` (${asset.owners.join(", ") || "nobody"}), ${counted(reachable(asset, "heirs").size, "heir")}`]),
    list("Evidence that is missing", loose, (finding) => [severityBadge(finding.severity), ` ${finding.label} from `,
      originOf(finding), `: ${finding.state === "stale" || finding.opened === "stale" ? "stale" : "a claim"}`
      + `${finding.proof || finding.opened_by ? `, ${finding.proof || finding.opened_by}` : ", no check proves it"}`]),
  ].flat(3);
}

function list(title, all, cell) {
  if (!all.length) return "";
  const items = (from) => all.slice(from, from + SHOWN).map((one) => element("li", {}, cell(one)));
  const made = element("ul", {}, items(0)), more = element("button", {type: "button", class: "more"});
  const said = () => {
    more.hidden = made.children.length >= all.length;
    more.textContent = `Show more of ${all.length}`;
  };
  more.addEventListener("click", () => { made.append(...items(made.children.length)); said(); });
  said();
  return [element("h3", {}, `${title}: ${all.length}`), made, more];
}

function changes() {
  const {since, lost, rows = [], gone = [], new: fresh = [], became = []} = data.changes;
  if (!since) {
    return [element("p", {class: lost ? "gap" : "note"}, lost ? `? What changed is not known: ${lost}`
      : "There was no report before this one, so nothing can be compared.")];
  }
  return [
    element("p", {class: "note"}, `Compared with the report of ${saidTime(since)}: `
      + `${counted(rows.filter((row) => row.worse).length, "change")} to answer for, ${rows.filter((row) => !row.worse).length} others.`),
    rows.length ? element("ul", {class: "changed"}, rows.slice(0, 200).map(changeRow)) : "",
    rows.length > 200 ? element("p", {class: "note"}, `and ${rows.length - 200} more`) : "",
    list("New assets", fresh, (key) => [named(key)]), list("Assets that are gone", gone, (key) => [key]),
    list("New among the outputs, so not compared", became, (key) => [named(key)]),
  ].flat(3);
}

function changeRow(row) {
  const from = row.origin ? ` from ${row.origin}${row.origin_column ? `.${row.origin_column}` : ""}` : "";
  const risk = row.risk ? ` ${data.register[row.risk] ? data.register[row.risk].label : row.risk}` : "";
  const went = row.before && row.after ? `${row.before} → ${row.after}` : row.after || row.before;
  return element("li", {class: row.worse ? "worse" : ""}, element("b", {}, `${row.worse ? "▲" : "▽"} ${WHAT[row.what]} `),
    named(row.asset), row.column ? `.${row.column}` : "", `: ${went}${risk}${from}`);
}

function acceptedList() {
  if (!data.accepted.length) return [element("p", {class: "note"}, "Nobody accepted a risk.")];
  return [element("ul", {class: "accepted"}, data.accepted.map((one) => element("li", {class: one.holds ? "" : "lapsed"},
    element("b", {}, one.holds ? `until ${one.until}` : `✕ ended ${one.until}`), ` ${one.who} for `, named(one.asset),
    `: ${data.register[one.risk].label}${one.origin ? ` from ${one.origin}` : ""}. ${one.why} (${one.ticket})`)))];
}
