// Draw what the address asks for, and follow it.
function show() {
  const wanted = asked(), found = matchingAssets(wanted);
  for (const name of NAMES) {
    const field = filterForm.elements[name];
    if (field && field.value.trim() !== wanted[name]) field.value = wanted[name];
  }
  showAnswers(found);
  showTables(wanted, found);
  showAsset(wanted);
  showGraph(wanted);
}

function narrow() {
  const said = new FormData(filterForm);
  ask(Object.fromEntries([...said].map(([name, value]) => [name, value.trim()])));
}

document.getElementById("about").textContent = `${data.name}, ${saidTime(data.made)}. `
  + (data.asked ? "Proofs are as the checks found them at that time."
    : "Read from the definitions alone: no check was asked, so every mitigation is a claim.");
filterForm.addEventListener("input", narrow);
filterForm.addEventListener("submit", (event) => event.preventDefault());
filterForm.addEventListener("reset", (event) => {
  event.preventDefault();
  ask(Object.fromEntries(NAMES.filter((name) => name !== "asset" && name !== "finding").map((name) => [name, ""])));
});
document.getElementById("contents").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  const heading = document.querySelector(`${link.getAttribute("href")} h2`);
  heading.scrollIntoView();
  heading.focus({preventScroll: true});
});
addEventListener("hashchange", show);
addEventListener("popstate", show);
addEventListener("resize", drawEdges);
fillFilter();
showAgenda();
showSheets();
showUnused();
show();
