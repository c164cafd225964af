// What figures have in common: they draw at once, and once a frame at most, follow their width, and say what they show.

/**
 * Calls draw(width), which returns a sentence, when asked to by soon() and when the width of `root` changes. The
 * sentence goes to the element `spoken` once the drawing has been quiet for a moment.
 */
export function live(root, spoken, draw) {
  let [width, waiting, frame, speaking, stopped] = [0, false, 0, 0, false];
  function redraw() {
    waiting = false;
    if (!width || stopped) return;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (waiting) redraw();
    });
    const sentence = draw(width);
    root.dataset.drawings = Number(root.dataset.drawings ?? 0) + 1;
    clearTimeout(speaking);
    speaking = setTimeout(() => (spoken.textContent = sentence), 400);
  }
  const observer = new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    redraw();
  });
  observer.observe(root);
  return {
    /** Changes that come together are one drawing. The first need not wait for a frame; those that follow it do. */
    soon() {
      if (waiting) return;
      waiting = true;
      if (!frame) queueMicrotask(redraw);
    },
    stop() {
      stopped = true;
      observer.disconnect();
      cancelAnimationFrame(frame);
      clearTimeout(speaking);
    },
  };
}

/**
 * Keys that are pressed in `figure` are its own: JupyterLab and Notebook 7 would take "d d" for deleting the cell,
 * and arrows for leaving it. Their shortcuts are for whatever `:focus` is, so what has the focus must refuse them
 * itself: they ask it before they ask the elements that it is in.
 */
export function keepKeys(figure) {
  const refuse = (element) => element.setAttribute("data-lm-suppress-shortcuts", "true");
  refuse(figure);
  figure.addEventListener("focusin", (event) => refuse(event.target));
}

/** A figure's own element in `root`, with its looks; its keys are its own. */
export function figureIn(root, name, classes, css, content) {
  const figure = document.createElement("div");
  figure.className = classes;
  figure.setAttribute("role", "group");
  figure.setAttribute("aria-label", name);
  keepKeys(figure);
  figure.innerHTML = `<style>${css}</style>${content}<div class="sl-hidden" role="status" aria-live="polite"></div>`;
  return root.appendChild(figure);
}

// --- controls -----------------------------------------------------------------------------------------

/** One of a few, as a row of buttons: choices are [value, name]; the legend is seen if it `shows`. */
export const choiceOf = (id, name, legend, choices, shows = true) => `
  <fieldset class="sl-kinds"><legend class="${shows ? "sl-legend-shown" : "sl-hidden"}">${legend}</legend>
    ${choices
      .map(
        ([value, words]) =>
          `<label><input type="radio" name="${id}${name}" data-is="${name}" value="${value}"><span class="sl-name">${words}</span></label>`,
      )
      .join("")}
  </fieldset>`;

export const sliderOf = (id, name, label, { min, max, step }) => `
  <div class="sl-slider">
    <label for="${id}${name}">${label}</label><output for="${id}${name}"></output>
    <input type="range" id="${id}${name}" name="${name}" min="${min}" max="${max}" step="${step}">
  </div>`;

/** Put a slider at its value, and `words` beside it. */
export function showSlider(input, value, words) {
  if (Number(input.value) !== value) input.value = value;
  input.style.setProperty("--sl-filled", `${(100 * (value - input.min)) / (input.max - input.min)}%`);
  input.setAttribute("aria-valuetext", words);
  input.parentElement.querySelector("output").textContent = words;
}

/** A button .sl-play that says what it would do. */
export function showPlay(button, playing) {
  const words = playing ? "Pause" : "Play";
  if (button.textContent !== words) button.textContent = words;
  button.toggleAttribute("data-playing", !!playing);
}

// --- pictures -----------------------------------------------------------------------------------------

export const PLUS_MINUS = '<i class="sl-plus"></i>+<i class="sl-minus"></i>\u2212';

/** A title, a line below it, and a picture; with a `canvas` below the lines of the picture. */
export const panelOf = (name, title, legend = "", canvas = "") => `
  <div class="sl-panel" data-is="${name}">
    <div class="sl-title"><span>${title}</span>${legend && `<span class="sl-legend">${legend}</span>`}</div><div class="sl-sub"></div>
    <div class="sl-canvas">${canvas}<svg role="img"></svg></div>
  </div>`;

export function panelIn(figure, name) {
  const box = figure.querySelector(`.sl-panel[data-is=${name}]`);
  return { box, svg: box.querySelector("svg"), sub: box.querySelector(".sl-sub"), canvas: box.querySelector("canvas") };
}

/** How wide a panel is, the line below its title, and what it shows in words. */
export function tell({ box, svg, sub }, width, words, label) {
  box.style.width = `${width}px`;
  sub.textContent = words;
  svg.setAttribute("aria-label", label);
}
