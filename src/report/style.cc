#include "report/style.h"

namespace bitcpp {

std::string_view page_style() {
  return R"css(
:root { --back: #ffffff; --card: #f6f7f9; --text: #1c2330; --soft: #5b6575; --line: #d9dde4;
  --heat: 0 90 200; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --back: #11151c; --card: #191f29; --text: #e7eaf0;
  --soft: #9aa5b5; --line: #2f3846; --heat: 110 180 255; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 60px; max-width: 1240px; background: var(--back);
  color: var(--text); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 8px; }
h3 { font-size: 15px; margin: 18px 0 4px; } p { margin: 4px 0 10px; }
.soft, figcaption, details summary { color: var(--soft); } .soft { max-width: 80ch; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; } th, td { padding: 5px 14px 5px 0; text-align: left;
  border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; } td:first-child { min-width: 13ch; }
.scroll td, .scroll th { overflow-wrap: break-word; } td.number, th.number { text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.best td { font-weight: 600; }
.grid-2 { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr));
  gap: 16px; } .grid-3 { display: grid; gap: 14px;
  grid-template-columns: repeat(auto-fill, minmax(min(270px, 100%), 1fr)); }
.wide { max-width: 820px; overflow-x: auto; } .wide svg { min-width: 520px; }
figure.plot { margin: 0; background: var(--card); border-radius: 8px; padding: 10px 10px 4px; }
figcaption { font-size: 13px; padding: 0 0 4px 2px; }
figure.plot svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
svg .grid { stroke: var(--line); stroke-width: 1; fill: none; }
svg .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
svg .dot { stroke: var(--card); stroke-width: 1.5; } svg text.dark { fill: var(--text); }
svg .cell { fill: rgb(var(--heat)); stroke: var(--line); stroke-width: 0.5; }
svg .even { stroke: var(--soft); stroke-dasharray: 3 3; fill: none; }
.legend { font-size: 13px; color: var(--soft); margin: 6px 0 0; }
.legend span { margin-right: 14px; white-space: nowrap; }
.legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 5px;
  vertical-align: middle; }
details { margin: 10px 0; } pre { background: var(--card); padding: 12px; border-radius: 8px;
  overflow-x: auto; font-size: 13px; }
#tip { position: fixed; pointer-events: none; background: var(--text); color: var(--back);
  padding: 3px 8px; border-radius: 5px; font-size: 12px; display: none; z-index: 9;
  max-width: 320px; white-space: pre-line; }
)css";
}

std::string_view page_script() {
  return R"js(
const tip = document.getElementById("tip");
function show(event, text) {
  tip.textContent = text;
  tip.style.display = "block";
  const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 6);
  tip.style.left = Math.max(4, x) + "px";
  tip.style.top = Math.max(4, event.clientY - tip.offsetHeight - 10) + "px";
}
function points(svg) {
  if (!svg.points)
    svg.points = [...svg.querySelectorAll("[data-values]")].flatMap(curve =>
      curve.dataset.values.split(";").filter(Boolean).map(point => {
        const [px, py, x, y] = point.split(",");
        return { px: +px, py: +py, text: curve.dataset.name + "\n" + y + " at " + x };
      }));
  return svg.points;
}
for (const svg of document.querySelectorAll("figure.plot svg")) {
  svg.addEventListener("pointermove", event => {
    const own = event.target.closest("[data-tip]");
    if (own) return show(event, own.dataset.tip);
    const at = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(svg.getScreenCTM().inverse());
    let best = null, least = 30 * 30;
    for (const point of points(svg)) {
      const far = (point.px - at.x) ** 2 + (point.py - at.y) ** 2;
      if (far < least) { least = far; best = point; }
    }
    if (best) show(event, best.text); else tip.style.display = "none";
  });
  svg.addEventListener("pointerleave", () => { tip.style.display = "none"; });
}
)js";
}

}  // namespace bitcpp
