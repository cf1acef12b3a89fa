// Filters for the claims of a page. `<p class="filters" data-of="SELECTOR" data-by="NAMES">` becomes
// a menu for each name and a field that searches the text. The selected elements have an attribute
// `data-NAME` for each name. Without this script the page shows everything.
(() => {
  const filtered = (controls) => {
    const items = [...document.querySelectorAll(controls.dataset.of)];
    const texts = items.map((item) => item.textContent.toLowerCase());
    const choices = controls.dataset.by.split(" ").map((name) => {
      const select = document.createElement("select");
      select.name = name;
      select.add(new Option("all", ""));
      for (const value of new Set(items.map((item) => item.dataset[name]))) {
        select.add(new Option(value));
      }
      return select;
    });
    const search = document.createElement("input");
    search.type = "search";
    const count = document.createElement("output");
    for (const control of [...choices, search]) {
      const label = document.createElement("label");
      label.append(`${control.name || "text"} `, control, " ");
      controls.append(label);
    }
    controls.append(count);

    const update = () => {
      const words = search.value.toLowerCase().split(/\s+/);
      let shown = 0;
      items.forEach((item, index) => {
        item.hidden = !(
          choices.every((choice) => !choice.value || item.dataset[choice.name] === choice.value) &&
          words.every((word) => texts[index].includes(word))
        );
        shown += !item.hidden;
      });
      count.textContent = `${shown} of ${items.length} shown`;
      // A heading with nothing below it is hidden.
      for (const section of new Set(items.map((item) => item.closest("section")))) {
        if (section && !section.contains(controls)) {
          section.hidden = !section.querySelector(`${controls.dataset.of}:not([hidden])`);
        }
      }
    };
    controls.addEventListener("input", update);
    // A link to a row, such as ledger.html#000-A04, resets the filters, so that the row is visible.
    window.addEventListener("hashchange", () => {
      choices.forEach((choice) => (choice.value = ""));
      search.value = "";
      update();
      document.getElementById(location.hash.slice(1))?.scrollIntoView();
    });
    update();
  };
  document.querySelectorAll(".filters").forEach(filtered);
})();
