// By which way a finding came to a place, and by how many: walked back along what each place was made from.
function distanceAt(place, number) {
  let low = 0, high = place.numbers.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (place.numbers[middle] === number) return place.distances[middle];
    if (place.numbers[middle] < number) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

// The places from which a number came: an edge may have passed only some of what was there.
function cameFrom(place, number) {
  const passed = (id) => place.only.every(([hop, numbers]) => hop !== id || numbers.has(number));
  return place.from.filter(passed).map((id) => places[id]).filter((one) => distanceAt(one, number) !== undefined);
}

// The nearest way, as places from the origin on.
function route(place, number) {
  const steps = [place];
  for (let distance = distanceAt(place, number) - 1; distance >= 0; distance -= 1) {
    place = cameFrom(place, number).find((one) => distanceAt(one, number) === distance);
    steps.unshift(place);
  }
  return steps;
}

// The nearest way to an asset as a whole; ended ones last.
function nearestRoute(asset, number) {
  const [first] = asset.places.filter((one) => distanceAt(one, number) !== undefined)
    .sort((a, b) => (a.ended >= 0) - (b.ended >= 0) || distanceAt(a, number) - distanceAt(b, number));
  return first ? route(first, number) : [];
}

// The number of ways. Through an asset's own past a finding goes once: a place "before" that is counted without it.
function routes(place, number) {
  const known = new Map(), waiting = [[place, false]];
  while (waiting.length) {
    const [here, before] = waiting[waiting.length - 1];
    const name = here.id * 2 + before;
    if (known.has(name)) { waiting.pop(); continue; }
    const above = cameFrom(here, number).filter((one) => !(before && one.asset === here.asset))
      .map((one) => [one, one.asset === here.asset]);
    const missing = above.filter(([one, past]) => !known.has(one.id * 2 + past));
    if (missing.length) { waiting.push(...missing); continue; }
    const begun = distanceAt(here, number) === 0 ? 1 : 0;
    known.set(name, above.reduce((sum, [one, past]) => sum + known.get(one.id * 2 + past), begun));
    waiting.pop();
  }
  return known.get(place.id * 2);
}

function reachable(asset, along) {
  const seen = new Map([[asset.id, 0]]), waiting = [asset.id];
  for (const id of waiting) {
    for (const next of assets[id][along]) {
      if (seen.has(next)) continue;
      seen.set(next, seen.get(id) + 1);
      waiting.push(next);
    }
  }
  seen.delete(asset.id);
  return seen;
}
