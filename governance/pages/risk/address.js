// What is shown stands in the address after the #, so that it can be sent to somebody: #asset=clv/scores&severity=high
const NAMES = ["asset", "finding", "q", "severity", "kind", "state", "group", "owner", "area"];

function asked() {
  const said = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(NAMES.map((name) => [name, said.get(name) || ""]));
}

// Choosing an asset is a step that the Back button undoes; typing a filter is not.
function ask(change, {step = false} = {}) {
  const wanted = {...asked(), ...change};
  const said = NAMES.filter((name) => wanted[name])
    .map((name) => `${name}=${encodeURIComponent(wanted[name]).replaceAll("%2F", "/").replaceAll("%3A", ":")}`);
  history[step ? "pushState" : "replaceState"](null, "", `#${said.join("&")}`);
  show();
}

function choose(asset, finding = "") {
  ask({asset: asset.key, finding: String(finding)}, {step: true});
}
