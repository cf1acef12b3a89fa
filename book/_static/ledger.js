// Filters for the table of claims. Without this script all rows are shown.
(() => {
  const table = document.getElementById("ledger");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const controls = document.createElement("p");
  controls.className = "ledger-filters";
  const choices = ["paper", "kind", "status"].map((name) => {
    const label = document.createElement("label");
    const select = document.createElement("select");
    select.name = name;
    select.add(new Option("all", ""));
    for (const value of new Set(rows.map((row) => row.dataset[name]))) {
      select.add(new Option(value));
    }
    label.append(`${name} `, select, " ");
    controls.append(label);
    return select;
  });
  const label = document.createElement("label");
  const search = document.createElement("input");
  search.type = "search";
  label.append("text ", search);
  const count = document.createElement("output");
  controls.append(label, " ", count);
  table.parentElement.before(controls);

  const texts = rows.map((row) => row.textContent.toLowerCase());
  const update = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    let shown = 0;
    rows.forEach((row, index) => {
      const fits =
        choices.every((choice) => !choice.value || row.dataset[choice.name] === choice.value) &&
        words.every((word) => texts[index].includes(word));
      row.hidden = !fits;
      shown += fits;
    });
    count.textContent = `${shown} of ${rows.length} rows`;
  };
  controls.addEventListener("input", update);
  // A link to a row, as ledger.html#000-A04, finds it whatever was chosen.
  window.addEventListener("hashchange", () => {
    choices.forEach((choice) => (choice.value = ""));
    search.value = "";
    update();
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  });
  update();
})();
