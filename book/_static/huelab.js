// Content that is wider than the page scrolls by keyboard, and tables say that there is more.
(() => {
  const wide = (element) => element.scrollWidth > element.clientWidth + 1;
  const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);

  // A table outside of any scrolling box would make the whole page scroll.
  const wrap = (table) => {
    const box = document.createElement("div");
    box.className = "scrolls";
    table.replaceWith(box);
    box.append(table);
  };
  const name = (element) => {
    const caption = element.querySelector("caption")?.textContent.trim();
    if (caption) return caption;
    if (element.querySelector("table")) return "Table";
    return element.closest(".highlight") ? "Code" : "Wide content";
  };
  // Only tables can hide whole columns; in code and formulas a cut line shows that there is more.
  const cue = (element) => {
    const line = document.createElement("p");
    line.className = "scroll-cue";
    line.setAttribute("aria-hidden", "true");
    line.textContent = "This table is wider than the page: scroll sideways →";
    element.before(line);
    return line;
  };
  const cues = new Map();
  const mark = (element) => {
    const more = wide(element);
    if (more && !element.hasAttribute("tabindex")) {
      element.tabIndex = 0;
      element.setAttribute("role", "region");
      element.setAttribute("aria-label", name(element));
    }
    if (element.querySelector("table")) {
      if (more && !cues.has(element)) cues.set(element, cue(element));
      if (cues.has(element)) cues.get(element).hidden = !more;
    }
  };
  const start = () => {
    const article = document.querySelector(".bd-article") ?? document.body;
    for (const table of article.querySelectorAll("table")) {
      let box = table.parentElement;
      while (box !== article && !scrolls(box)) box = box.parentElement;
      if (box === article) wrap(table);
    }
    const watch = new ResizeObserver((entries) => entries.forEach((e) => mark(e.target)));
    for (const element of article.querySelectorAll("div, pre, table, span.math")) {
      if (scrolls(element)) watch.observe(element);
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
