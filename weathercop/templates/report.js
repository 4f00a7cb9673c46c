// Sorts the table of grades by a column that is clicked, and hides rows without the letters that are typed.
for (const table of document.querySelectorAll("table.grades")) {
  const rows = () => [...table.rows].slice(1).filter((row) => row.cells.length > 1);
  const groups = [...table.rows].slice(1).filter((row) => row.cells.length === 1);
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "filter statistics";
  field.setAttribute("aria-label", "filter statistics");
  table.parentElement.before(field);
  field.addEventListener("input", () => {
    for (const row of rows()) row.hidden = !row.textContent.toLowerCase().includes(field.value.toLowerCase());
    for (const row of groups) row.hidden = field.value !== "";
  });
  [...table.rows[0].cells].forEach((head, column) => {
    head.style.cursor = "pointer";
    let down = true;
    head.addEventListener("click", () => {
      const value = (row) => row.cells[column].textContent;
      const order = (a, b) => (column ? parseFloat(value(a)) - parseFloat(value(b)) : value(a).localeCompare(value(b)));
      const sorted = rows().sort((a, b) => (down ? -1 : 1) * order(a, b));
      down = !down;
      for (const row of groups) row.hidden = true;
      for (const row of sorted) row.parentElement.append(row);
    });
  });
}
