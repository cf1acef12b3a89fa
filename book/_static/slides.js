// Starts the slides, and makes a slide smaller that is taller than the frame.
"use strict";
(() => {
  const HEIGHT = 680;
  const SMALLEST = 0.5; // what does not fit at this size scrolls
  const fit = () => {
    const slide = Reveal.getCurrentSlide();
    let zoom = 1;
    slide.style.zoom = zoom;
    for (let turn = 0; turn < 3; turn++) { // words wrap in other places at another size
      const tall = slide.getBoundingClientRect().height / Reveal.getScale() / HEIGHT;
      if (tall <= 1) break;
      zoom = Math.max(SMALLEST, zoom / tall);
      slide.style.zoom = zoom;
    }
    Reveal.layout();
  };
  Reveal.on("ready", fit);
  Reveal.on("slidechanged", fit);
  Reveal.initialize({
    width: 1100, height: HEIGHT, hash: true, slideNumber: true, transition: "none",
    plugins: [RevealNotes],
  });
  // Equations get their size late.
  addEventListener("load", () => window.MathJax?.startup?.promise?.then(fit));
})();
