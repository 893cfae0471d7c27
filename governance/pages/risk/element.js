// Elements in few words. Text is only ever set as text: nothing that data say becomes markup.
function element(tag, given = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "on") for (const [event, done] of Object.entries(value)) made.addEventListener(event, done);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(name, value);
  }
  made.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== ""));
  return made;
}

function replaced(id, ...inside) {
  const place = document.getElementById(id);
  place.replaceChildren(...inside.flat().filter(Boolean));
  return place;
}

// A section keeps its heading and gets new content.
function told(id, ...inside) {
  const section = document.getElementById(id);
  section.replaceChildren(section.querySelector("h2"), ...inside.flat().filter(Boolean));
}

function counted(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
