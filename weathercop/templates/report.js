// Chooses the station of the table of grades and of the pictures, sorts the table by a column, and hides rows without what is typed.
for (const table of document.querySelectorAll("table.grades")) {
  const bodies = [...table.tBodies];
  const groups = bodies.map((body) => [...body.rows].filter((row) => row.cells.length === 1));
  const rows = bodies.map((body) => [...body.rows].filter((row) => row.cells.length > 1));
  const all = rows.slice(1).flat();
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "filter statistics";
  field.setAttribute("aria-label", "filter statistics");
  table.parentElement.before(field);
  let sorted = false;
  const show = () => {
    for (const row of all) row.hidden = !row.textContent.toLowerCase().includes(field.value.toLowerCase());
    for (const row of groups.flat()) row.hidden = sorted || field.value !== "";
  };
  field.addEventListener("input", show);
  const number = (row, column) => {
    const value = parseFloat(row.cells[column].textContent);
    return Number.isNaN(value) ? -1 : value;
  };
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      sorted = column > 0;
      if (sorted) {
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const order = (a, b) => (down ? -1 : 1) * (number(a, column) - number(b, column));
        bodies[1].append(...[...all].sort(order));
      } else bodies.forEach((body, index) => body.append(...groups[index], ...rows[index]));
      show();
    });
  });
  const station = document.getElementById("grades");
  if (station)
    station.addEventListener("change", () => {
      for (const row of rows.flat()) {
        const cells = JSON.parse(row.dataset.stations)[station.selectedIndex];
        cells.forEach((html, column) => (row.cells[column].innerHTML = html));
      }
      show();
    });
}
const pictures = document.getElementById("pictures");
if (pictures) {
  const choose = () => {
    for (const part of document.querySelectorAll("[data-station]")) part.hidden = part.dataset.station !== pictures.value;
  };
  pictures.addEventListener("change", choose);
  choose();
}
