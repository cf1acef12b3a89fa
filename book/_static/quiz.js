// The quiz of a chapter, and the reader's progress: both are kept only in this browser.
"use strict";
(() => {
  const KEY = "huelab-quizzes";
  const read = () => {
    try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; }
  };
  const write = (kept) => {
    try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch { /* the browser stores nothing */ }
  };
  const show = (input) => {
    const group = input.closest("fieldset");
    group.querySelectorAll(".why").forEach((why) => { why.hidden = true; });
    const why = input.closest("label").nextElementSibling;
    why.hidden = false;
    return why.dataset.right === "true";
  };
  const quizzes = () => document.querySelectorAll("section.quiz form").forEach((form) => {
    const chapter = form.dataset.chapter;
    const asked = form.querySelectorAll("fieldset").length;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", (event) => {
      const kept = read();
      const own = kept[chapter] || { answers: {} };
      own.asked = asked;
      own.answers[event.target.name] = [Number(event.target.value), show(event.target)];
      write({ ...kept, [chapter]: own });
    });
    for (const [name, [value]] of Object.entries((read()[chapter] || { answers: {} }).answers)) {
      const input = form.querySelector(`input[name="${CSS.escape(name)}"][value="${value}"]`);
      if (input) { input.checked = true; show(input); }
    }
  });
  const progress = () => document.querySelectorAll(".quiz-progress").forEach((box) => {
    const rows = Object.entries(read()).sort();
    box.hidden = rows.length === 0;
    box.querySelector("ul").replaceChildren(...rows.map(([chapter, own]) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const right = Object.values(own.answers).filter(([, ok]) => ok).length;
      link.href = `../notebooks/${encodeURIComponent(chapter)}.html#check-yourself`;
      link.textContent = chapter.replace(/^(\d+)_/, "$1 ").replace(/_/g, " ");
      item.append(link, `: ${right} of ${own.asked} right`);
      return item;
    }));
    box.querySelector("button").onclick = () => { write({}); progress(); };
  });
  document.addEventListener("DOMContentLoaded", () => { quizzes(); progress(); });
})();
