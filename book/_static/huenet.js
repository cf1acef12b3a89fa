// HueNet in the browser: the steps of `huelab.colorize`, for the page that `in_page.js` works.
//
// `book/in_page.py` writes the network and its runtime.
"use strict";
(() => {
  const HERE = new URL(".", document.currentScript.src).href;
  // How large the network sees a photograph, see `huelab.methods.huenet.canonical`.
  const SIDE = 192, MULTIPLE = 32, LONGEST = 32;
  const ROWS = 64; // rows between two chances for the page to react

  // --- parts: scripts that hand over compressed bytes as text ---

  const waiting = {};
  window.huelabPart = (name, text) => waiting[name](text);

  const script = (path) => new Promise((done, failed) => {
    const tag = document.createElement("script");
    tag.src = HERE + path;
    tag.onload = done;
    tag.onerror = () => failed(new Error(`${path} could not be loaded.`));
    document.head.append(tag);
  });

  const loaded = {};
  const part = (name) => {
    loaded[name] ??= (async () => {
      const text = new Promise((done) => { waiting[name] = done; });
      await script(`in_page/${name}.js`);
      const bytes = Uint8Array.from(atob(await text), (c) => c.charCodeAt(0));
      const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      return new Uint8Array(await new Response(plain).arrayBuffer());
    })();
    return loaded[name];
  };

  let session;
  const network = () => {
    session ??= (async () => {
      await script("vendor/onnxruntime/ort.wasm.min.js");
      const glue = new Blob([await part("runtime_glue")], { type: "text/javascript" });
      ort.env.wasm.numThreads = 1; // several need headers that a plain web server does not send
      ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(glue) };
      ort.env.wasm.wasmBinary = await part("runtime");
      return ort.InferenceSession.create(await part("network"), { executionProviders: ["wasm"] });
    })();
    session.catch(() => { session = undefined; });
    return session;
  };

  // --- color: sRGB, L*, and a*b* (see huelab.color.convert and huelab.color.gamut) ---

  const linear = Float64Array.from({ length: 256 }, (_, level) => {
    const value = level / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const encoded = Uint8ClampedArray.from({ length: 65536 }, (_, step) => {
    const value = step / 65535;
    return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
  });
  const LOW = -1e-4 / 12.92, HIGH = ((1 + 1e-4 + 0.055) / 1.055) ** 2.4;
  const WHITE = [0.95047, 1, 1.08883];
  const RGB = [
    [3.240481343200526, -1.5371515162713185, -0.4985363261688878],
    [-0.9692549499965682, 1.8759900014898907, 0.04155592655829284],
    [0.05564663913517716, -0.20404133836651123, 1.0573110696453443],
  ];

  const lightness = (pixels) => {
    const result = new Float32Array(pixels.length / 4);
    for (let i = 0, k = 0; i < result.length; i++, k += 4) {
      const y = 0.212671 * linear[pixels[k]] + 0.71516 * linear[pixels[k + 1]]
        + 0.072169 * linear[pixels[k + 2]];
      result[i] = 116 * (y > 0.008856 ? Math.cbrt(y) : 7.787 * y + 16 / 116) - 16;
    }
    return result;
  };

  const ratio = (f) => (f > 0.2068966 ? f ** 3 : (f - 16 / 116) / 7.787);
  const light = new Float64Array(3);
  const toLinear = (l, a, b) => { // writes into `light`: a new array for each pixel is slow
    const fy = (l + 16) / 116;
    const x = ratio(fy + a / 500) * WHITE[0], y = ratio(fy), z = ratio(fy - b / 200) * WHITE[2];
    for (let c = 0; c < 3; c++) light[c] = RGB[c][0] * x + RGB[c][1] * y + RGB[c][2] * z;
  };
  const inside = () => light[0] >= LOW && light[1] >= LOW && light[2] >= LOW
    && light[0] <= HIGH && light[1] <= HIGH && light[2] <= HIGH;

  // Shrink the chroma until a screen can show the color; L* and the hue stay.
  const fit = (l, a, b) => {
    toLinear(l, a, b);
    if (inside()) return;
    let low = 0, high = 1;
    for (let step = 0; step < 18; step++) {
      const middle = (low + high) / 2;
      toLinear(l, a * middle, b * middle);
      if (inside()) low = middle; else high = middle;
    }
    toLinear(l, a * low, b * low);
  };

  // --- sizes ---

  const even = (x) => { // halves are rounded to even numbers, as Python does
    const near = Math.round(x);
    return near - x === 0.5 && near % 2 ? near - 1 : near;
  };
  const seen = (width, height) => {
    const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
    const scale = Math.min(SIDE / shorter, LONGEST * SIDE / longer);
    return [width, height].map((pixels) =>
      Math.max(1, even(pixels * scale / MULTIPLE)) * MULTIPLE);
  };

  const cubic = (x) => {
    const t = Math.abs(x);
    if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
    return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
  };
  // For each of `to` places: the first of `from` values that counts there, and the weights.
  const weights = (from, to) => Array.from({ length: to }, (_, place) => {
    const scale = from / to, wide = Math.max(scale, 1), center = (place + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - 2 * wide + 0.5));
    const end = Math.min(from, Math.floor(center + 2 * wide + 0.5));
    const own = Array.from({ length: end - first }, (__, k) =>
      cubic((first + k - center + 0.5) / wide));
    const sum = own.reduce((a, b) => a + b);
    return [first, own.map((weight) => weight / sum)];
  });
  const smaller = (plane, width, height, columns, rows) => {
    const across = weights(width, columns), down = weights(height, rows);
    const between = new Float32Array(height * columns), result = new Float32Array(rows * columns);
    for (let y = 0; y < height; y++) {
      across.forEach(([first, own], x) => {
        let sum = 0;
        for (let k = 0; k < own.length; k++) sum += own[k] * plane[y * width + first + k];
        between[y * columns + x] = sum;
      });
    }
    down.forEach(([first, own], y) => {
      for (let x = 0; x < columns; x++) {
        let sum = 0;
        for (let k = 0; k < own.length; k++) sum += own[k] * between[(first + k) * columns + x];
        result[y * columns + x] = Math.min(100, Math.max(0, sum));
      }
    });
    return result;
  };

  // Where each of `to` places lies among `from` values, for linear interpolation.
  const places = (from, to) => Array.from({ length: to }, (_, place) => {
    const at = Math.min(from - 1, Math.max(0, (place + 0.5) * from / to - 0.5));
    const first = Math.floor(at);
    return [first, Math.min(first + 1, from - 1), at - first];
  });

  // --- one photograph ---

  const rest = () => new Promise((done) => setTimeout(done));

  class Photograph {
    constructor(bitmap) {
      [this.width, this.height] = [bitmap.width, bitmap.height];
      const canvas = new OffscreenCanvas(this.width, this.height);
      const drawing = canvas.getContext("2d", { willReadFrequently: true });
      drawing.fillStyle = "white"; // behind what is transparent
      drawing.fillRect(0, 0, this.width, this.height);
      drawing.drawImage(bitmap, 0, 0);
      this.lightness = lightness(drawing.getImageData(0, 0, this.width, this.height).data);
      [this.columns, this.rows] = seen(this.width, this.height);
      this.small = smaller(this.lightness, this.width, this.height, this.columns, this.rows);
    }

    // Slopes and offsets of a* and b* at a quarter of the size that the network sees.
    async lines(vivid) {
      const ready = await network(); // this loads `ort`, too
      const shape = [1, 1, this.rows, this.columns];
      const given = {
        lightness: new ort.Tensor("float32", this.small, shape),
        vivid: new ort.Tensor("float32", [vivid], [1]),
      };
      return (await ready.run(given)).lines;
    }

    // RGBA of the colored photograph; `wanted` tells whether somebody still waits for it.
    async color(vivid, strength, wanted) {
      const { data, dims: [, , high, wide] } = await this.lines(vivid);
      const down = places(high, this.height), across = places(wide, this.width);
      const result = new ImageData(this.width, this.height), plane = high * wide;
      const line = new Float64Array(4);
      for (let y = 0; y < this.height; y++) {
        if (y % ROWS === 0) { await rest(); if (!wanted()) return null; }
        const [above, below, part] = down[y];
        // The values of this row: slope of a*, slope of b*, offset of a*, offset of b*.
        const row = new Float32Array(4 * wide);
        for (let c = 0; c < 4; c++) {
          for (let x = 0; x < wide; x++) {
            const top = data[c * plane + above * wide + x];
            row[c * wide + x] = top + part * (data[c * plane + below * wide + x] - top);
          }
        }
        for (let x = 0; x < this.width; x++) {
          const [left, right, share] = across[x];
          for (let c = 0; c < 4; c++) {
            const first = row[c * wide + left];
            line[c] = first + share * (row[c * wide + right] - first);
          }
          const i = y * this.width + x, l = this.lightness[i];
          fit(l, strength * (line[0] * l + line[2]), strength * (line[1] * l + line[3]));
          for (let c = 0; c < 3; c++) {
            const value = Math.min(1, Math.max(0, light[c]));
            result.data[4 * i + c] = encoded[Math.round(65535 * value)];
          }
          result.data[4 * i + 3] = 255;
        }
      }
      return result;
    }

    // RGBA of the gray photograph.
    gray() {
      const result = new ImageData(this.width, this.height);
      this.lightness.forEach((l, i) => {
        toLinear(l, 0, 0);
        const value = encoded[Math.round(65535 * Math.min(1, Math.max(0, light[1])))];
        result.data.set([value, value, value, 255], 4 * i);
      });
      return result;
    }
  }

  window.huenet = { Photograph, part, begun: () => session !== undefined };
})();
