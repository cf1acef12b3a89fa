// The page that colors a photograph: buttons, sliders, and messages; `huenet.js` does the work.
"use strict";
(() => {
  const { Photograph, part, begun } = window.huenet;
  const MOST = 50e6; // pixels; browsers refuse much larger canvases

  const start = (box) => {
    const find = (name) => box.querySelector(`.${name}`);
    const [status, frame, before, after] = ["status", "frame", "before", "after"].map(find);
    const [vivid, strength, split, save] = ["vivid", "strength", "split", "save"].map(find);
    let photograph, name, asked = 0;

    const paint = (canvas, pixels) => {
      [canvas.width, canvas.height] = [pixels.width, pixels.height];
      canvas.getContext("2d").putImageData(pixels, 0, 0);
    };
    const color = async () => {
      const own = ++asked; // a newer wish replaces an older one
      status.textContent = begun() ? "Coloring …" : "Loading the network …";
      save.disabled = true;
      await new Promise((done) => setTimeout(done)); // the page shows the message first
      const from = performance.now();
      const pixels = await photograph.color(
        Number(vivid.value), Number(strength.value), () => own === asked);
      if (own !== asked) return;
      paint(after, pixels);
      const seconds = ((performance.now() - from) / 1000).toFixed(1);
      status.textContent = `Colored ${pixels.width} x ${pixels.height} pixels in ${seconds} s.`;
      save.disabled = false;
    };
    const open = async (blob, title) => {
      try {
        const bitmap = await createImageBitmap(blob).catch(() => {
          throw new Error(`This browser cannot read ${title} as a photograph.`);
        });
        if (bitmap.width * bitmap.height > MOST) {
          throw new Error(`${title} has more than 50 megapixels. Use huelab colorize for it.`);
        }
        photograph = new Photograph(bitmap);
        name = title.replace(/\.[^.]*$/, "");
        paint(before, photograph.gray());
        paint(after, photograph.gray());
        frame.hidden = false;
        await color();
      } catch (error) {
        asked++;
        status.textContent = error.message;
      }
    };
    const file = (files) => { if (files.length) open(files[0], files[0].name); };
    const recolor = () => { if (photograph) color().catch((e) => { status.textContent = e.message; }); };

    find("file").addEventListener("change", (event) => file(event.target.files));
    box.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("over"); });
    box.addEventListener("dragleave", () => box.classList.remove("over"));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      box.classList.remove("over");
      file(event.dataTransfer.files);
    });
    for (const button of box.querySelectorAll("[data-sample]")) {
      button.addEventListener("click", async () => {
        const sample = button.dataset.sample;
        try {
          open(new Blob([await part(sample)], { type: "image/jpeg" }), `${sample}.jpg`);
        } catch (error) { status.textContent = error.message; }
      });
    }
    vivid.addEventListener("change", recolor);
    strength.addEventListener("change", recolor);
    split.addEventListener("input", () => frame.style.setProperty("--split", `${split.value}%`));
    save.addEventListener("click", () => after.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${name}-color.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    }));
    box.hidden = false;
  };
  const begin = () => document.querySelectorAll(".in-page").forEach(start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
