/*!
The run explorer, built from daleslaw_lib/widgets/web by web/build.mjs.
*/
var RunExplorer=(()=>{var j=Object.defineProperty;var ut=Object.getOwnPropertyDescriptor;var xt=Object.getOwnPropertyNames;var ft=Object.prototype.hasOwnProperty;var J=(t,s)=>{for(var e in s)j(t,e,{get:s[e],enumerable:!0})},ht=(t,s,e,n)=>{if(s&&typeof s=="object"||typeof s=="function")for(let r of xt(s))!ft.call(t,r)&&r!==e&&j(t,r,{get:()=>s[r],enumerable:!(n=ut(s,r))||n.enumerable});return t};var gt=t=>ht(j({},"__esModule",{value:!0}),t);var Ft={};J(Ft,{core:()=>V,mount:()=>N,render:()=>Ht});var Q=`.sl {
  --sl-text: #1f2328;
  --sl-muted: #57606a;
  --sl-line: #d0d7de;
  --sl-grid: #e7eaee;
  --sl-surface: var(--pst-color-background, #ffffff);
  --sl-raised: #f6f8fa;
  --sl-strong: var(--sl-kind);
  color-scheme: light;
  container-type: inline-size;
  padding: 3px; /* room for the outline of what has the focus */
  box-sizing: border-box;
  width: 100%;
  color: var(--sl-text);
  font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
  text-align: left;
}
.sl[data-kind="rnn"] { --sl-kind: #0072b2; }
.sl[data-kind="colei"] { --sl-kind: #d55e00; }
.sl[data-kind="dann"], .sl[data-kind="dann_drawn"] { --sl-kind: #009e73; }
html[data-theme="dark"] .sl,
body[data-jp-theme-light="false"] .sl,
body.vscode-dark .sl,
html[theme="dark"] .sl {
  --sl-text: #e6e9ed;
  --sl-muted: #a3acb7;
  --sl-line: #49525e;
  --sl-grid: #2b323b;
  --sl-surface: var(--pst-color-background, #14181e);
  color-scheme: dark;
  --sl-raised: #222832;
  --sl-strong: color-mix(in srgb, var(--sl-kind) 68%, white);
}
.sl *, .sl *::before { box-sizing: border-box; }
.sl-hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}

/* --- controls --- */
.sl-controls { display: grid; gap: 12px 20px; grid-template-columns: repeat(4, minmax(0, 1fr)); margin-bottom: 14px; }
.sl-row { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; }
.sl fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: flex; }
.sl legend.sl-legend-shown { float: none; width: auto; margin: 0 0 2px; padding: 0; font: inherit; color: var(--sl-muted); white-space: nowrap; }
.sl-kinds label { position: relative; margin: 0 0 0 -1px; cursor: pointer; }
.sl-kinds input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; width: 100%; height: 100%; }
.sl-kinds span.sl-name {
  display: block; padding: 5px 11px; border: 1px solid var(--sl-line); background: var(--sl-surface); white-space: nowrap;
}
.sl-kinds label:first-of-type .sl-name { border-radius: 6px 0 0 6px; }
.sl-kinds label:last-of-type .sl-name { border-radius: 0 6px 6px 0; }
.sl-kinds input:checked + .sl-name { background: var(--sl-text); border-color: var(--sl-text); color: var(--sl-surface); }
.sl-kinds sub { font-size: 0.75em; line-height: 0; }
.sl-grow { flex: 1; }
.sl button, .sl select {
  font: inherit; color: inherit; background: var(--sl-surface); border: 1px solid var(--sl-line); border-radius: 6px;
  padding: 5px 11px; margin: 0; cursor: pointer; white-space: nowrap;
}
.sl select { grid-column: 1 / -1; width: 100%; padding: 1px 4px; height: 26px; }
.sl button:hover, .sl select:hover { background: var(--sl-raised); }
.sl button[aria-disabled="true"] { color: var(--sl-muted); background: none; cursor: default; }
.sl-slider { display: grid; align-content: space-between; grid-template-columns: 1fr auto; gap: 2px 8px; margin: 0; min-width: 0; }
.sl-slider label { margin: 0; color: var(--sl-muted); }
.sl-slider output { text-align: right; white-space: nowrap; }
.sl-slider input {
  --sl-track: linear-gradient(var(--sl-strong) 0 0) 0 / var(--sl-filled, 0%) 100% no-repeat, var(--sl-line);
  grid-column: 1 / -1; width: 100%; margin: 0; height: 24px; appearance: none; background: none; border-radius: 6px; cursor: pointer;
}
.sl-slider input::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: var(--sl-track); }
.sl-slider input::-moz-range-track { height: 4px; border-radius: 2px; background: var(--sl-track); }
.sl-slider input::-webkit-slider-thumb {
  appearance: none; width: 16px; height: 16px; margin-top: -6px; border-radius: 50%;
  background: var(--sl-strong); border: 2px solid var(--sl-surface);
}
.sl-slider input::-moz-range-thumb {
  width: 12px; height: 12px; border-radius: 50%; background: var(--sl-strong); border: 2px solid var(--sl-surface);
}
.sl-slider input:disabled { cursor: default; opacity: 0.4; }
.sl :is(input, select, button):focus-visible, .sl-kinds input:focus-visible + .sl-name {
  outline: 2px solid var(--sl-strong); outline-offset: 2px; position: relative; z-index: 1;
}

/* --- pictures --- */
.sl-panels { display: flex; flex-wrap: wrap; gap: 14px 12px; justify-content: space-between; }
.sl-panel { position: relative; min-width: 0; }
.sl-title { font-weight: 600; font-size: 13px; white-space: nowrap; display: flex; justify-content: space-between; }
.sl-legend { font-weight: 400; font-size: 12px; color: var(--sl-muted); margin-right: 6px; }
.sl-legend i { display: inline-block; vertical-align: middle; margin: -2px 4px 0 8px; }
.sl-swatch { width: 9px; height: 9px; background: var(--sl-strong); opacity: 0.55; }
.sl-stroke { width: 14px; border-top: 1.5px solid var(--sl-text); }
.sl-legend :is(.sl-plus, .sl-minus) { width: 9px; height: 9px; margin-right: 3px; }
.sl-plus { background: #e08214; }
.sl-minus { background: #7b5ea7; }
.sl-sub { color: var(--sl-muted); font-size: 12px; height: 1.4em; margin-bottom: 2px; white-space: nowrap; overflow: hidden; }
.sl-canvas { position: relative; margin-top: -4px; }
.sl canvas { position: absolute; image-rendering: pixelated; }
.sl svg { display: block; position: relative; overflow: visible; }
.sl svg text { font: 11px/1 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--sl-muted); }
.sl svg text.sl-label { fill: var(--sl-text); }
.sl svg text.sl-note { fill: var(--sl-text); paint-order: stroke; stroke: var(--sl-halo, transparent); stroke-width: 3px; }
.sl svg text.sl-e { fill: #b35f00; }
.sl svg text.sl-i { fill: #7b5ea7; }
html[data-theme="dark"] .sl svg text.sl-e { fill: #f0a04b; }
html[data-theme="dark"] .sl svg text.sl-i { fill: #b39ddb; }
.sl-box { fill: none; stroke: var(--sl-line); }
.sl-grid { stroke: var(--sl-grid); }
.sl-axis { stroke: var(--sl-muted); }
.sl-excites { stroke: #e08214; stroke-width: 3; }
.sl-inhibits { stroke: #7b5ea7; stroke-width: 3; }
.sl-radius { fill: none; stroke: var(--sl-muted); stroke-dasharray: 4 3; }
.sl-points { fill: none; stroke: var(--sl-strong); stroke-linecap: round; stroke-opacity: 0.85; }
.sl-bars { fill: var(--sl-strong); fill-opacity: 0.55; }
.sl-theory { fill: none; stroke: var(--sl-text); stroke-width: 1.5; stroke-linejoin: round; }
.sl-apart { stroke-width: 1; }
.sl-pointer { fill: var(--sl-text); }
.sl-before { fill: var(--sl-strong); fill-opacity: 0.22; }
.sl-now { fill: var(--sl-strong); stroke: var(--sl-surface); stroke-width: 1.5; }

/* --- entropy --- */
.sl-entropy { display: flex; flex-wrap: wrap; align-items: center; margin-top: 10px; padding-top: 10px; border-top: 1px solid var(--sl-line); }
.sl-h { font-size: 24px; line-height: 1.2; font-weight: 600; color: var(--sl-strong); white-space: nowrap; }
.sl-h i { font-weight: 400; }
.sl-words { color: var(--sl-muted); font-size: 12px; line-height: 1.35; }
.sl-ruler { min-width: 0; }

@container (max-width: 680px) {
  .sl-controls { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@container (max-width: 560px) {
  .sl-controls { grid-template-columns: 1fr; gap: 8px; }
  .sl-row { gap: 8px; }
  .sl-kinds { width: 100%; }
  .sl-kinds label { flex: 1 1 auto; text-align: center; }
  .sl-kinds span.sl-name { padding: 5px 4px; }
  .sl-grow { display: none; }
  .sl-row > button { flex: 1; }
  .sl-slider { grid-template-columns: 96px 1fr 72px; align-items: center; }
  .sl-slider input { grid-column: 2; grid-row: 1; }
  .sl-slider output { grid-column: 3; }
  .sl-slider select { grid-column: 2 / -1; }
}
figure.spectral-laboratory { margin-left: 0; margin-right: 0; }
/* the theme gives what a cell shows a light card in the dark, for figures; the laboratory has colours of its own */
html[data-theme="dark"] .bd-content div.cell_output .text_html:has(.sl) { background: none !important; color: inherit; padding: 0; }
`;var Z=`.re .re-controls { display: block; margin-bottom: 8px; }
.re-legend { font-size: 12px; color: var(--sl-muted); margin-bottom: 4px; min-height: 1.5em; }
.re-legend div { display: flex; flex-wrap: wrap; gap: 0 14px; }
.re-legend span { display: inline-flex; align-items: center; gap: 4px; white-space: nowrap; }
.re-point { stroke: var(--sl-text); stroke-opacity: 0.55; stroke-width: 0.8; }
.re-legend .re-point { stroke-opacity: 0.8; }
.re-runs .re-point { fill-opacity: 0.85; }
.re-runs svg { cursor: pointer; touch-action: manipulation; }
.re [data-is="points"]:focus { outline: none; }
.re-runs:has([data-is="points"]:focus-visible) { outline: 2px solid var(--sl-strong); outline-offset: 2px; border-radius: 4px; }
.re-chosen { fill: none; stroke: var(--sl-text); stroke-width: 2.4; }
.re-looked { fill: none; stroke: var(--sl-strong); stroke-width: 2; }
.re-tip {
  position: absolute; pointer-events: none; z-index: 2; width: max-content; max-width: 100%; padding: 5px 9px; font-size: 12px; line-height: 1.4;
  background: var(--sl-surface); border: 1px solid var(--sl-line); border-radius: 6px; box-shadow: 0 2px 8px rgb(0 0 0 / 0.18);
}
.re-tip[hidden], .re-command[hidden] { display: none; }

/* --- the chosen one --- */
.re-one .sl-title { white-space: normal; margin-bottom: 8px; min-height: 1.4em; }
.re-one.re-empty .sl-title { color: var(--sl-muted); font-weight: 400; }
.re-curve { fill: none; stroke: var(--sl-text); stroke-width: 2; stroke-linejoin: round; }
.re-other { stroke: var(--sl-strong); stroke-width: 1.4; }
.re-at { fill: var(--sl-text); }
.re-command { margin-top: 10px; padding-top: 10px; border-top: 1px solid var(--sl-line); }
.re-line { display: flex; gap: 8px; align-items: start; margin-top: 6px; }
.re code {
  flex: 1; min-width: 0; margin: 0; padding: 6px 9px; font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  color: inherit; background: var(--sl-raised); border: 1px solid var(--sl-line); border-radius: 6px; overflow-wrap: anywhere;
}
.re code span { white-space: nowrap; }
.re svg[data-is="curve"] { overflow: hidden; }
`;var vt="http://www.w3.org/2000/svg";function k(t,s={},e=null){let n=document.createElementNS(vt,t);for(let[r,o]of Object.entries(s))n.setAttribute(r,o);return e!==null&&(n.textContent=e),n}function X(t,s,e){return t.setAttribute("viewBox",`0 0 ${s} ${e}`),t.setAttribute("width",s),t.setAttribute("height",e),t.replaceChildren(),(n,r,o)=>t.appendChild(k(n,r,o))}var M=(t,s,e="middle",n={})=>({x:t,y:s,"text-anchor":e,...n}),Y=(t,s)=>M(t,s,"middle",{transform:`rotate(-90 ${t} ${s})`});var b={left:44,right:8,top:12,bottom:40},yt={circle:(t,s,e)=>`M${t-e} ${s}a${e} ${e} 0 1 0 ${2*e} 0a${e} ${e} 0 1 0 ${-2*e} 0z`,square:(t,s,e)=>`M${t-.9*e} ${s-.9*e}h${1.8*e}v${1.8*e}h${-1.8*e}z`,triangle:(t,s,e)=>`M${t} ${s-1.2*e}l${1.2*e} ${2.1*e}h${-2.4*e}z`,diamond:(t,s,e)=>`M${t} ${s-1.3*e}l${1.3*e} ${1.3*e}l${-1.3*e} ${1.3*e}l${-1.3*e} ${-1.3*e}z`},I=({kind:t,group:s})=>({rnn:"square",dann:"triangle"})[t]??(s?"diamond":"circle"),q=(t,s,e,n)=>yt[t](s,e,n);function tt(t,s,e){let n=(s-t)/e,r=10**Math.floor(Math.log10(n)),o=r*[1,2,5,10].find(i=>i*r>=n),l=[];for(let i=Math.ceil(t/o-1e-9);i*o<=s+1e-9;i++)l.push(Number((i*o).toPrecision(12)));return l}function et(t,s,e,{x:[n,r,o],y:[l,i,c]},d){let f={width:s-b.left-b.right,height:e-b.top-b.bottom},u=x=>b.left+f.width*(x-n)/(r-n),g=x=>b.top+f.height*(1-(x-l)/(i-l));for(let x of tt(n,r,d.x))t("line",{x1:u(x),x2:u(x),y1:b.top,y2:g(l),class:"sl-grid"}),t("text",M(u(x),g(l)+16,x===r&&d.end?"end":"middle"),x.toLocaleString("en"));for(let x of tt(l,i,d.y))t("line",{x1:b.left,x2:u(r),y1:g(x),y2:g(x),class:x===l?"sl-axis":"sl-grid"}),t("text",M(b.left-6,g(x)+4,"end"),x);return t("text",{...M(b.left+f.width/2,e-6),class:"sl-label"},o),t("text",{...Y(11,b.top+f.height/2),class:"sl-label"},c),{x:u,y:g}}function st(t,s,e,n,r){t.setAttribute("viewBox",`0 0 ${n} ${r}`),t.setAttribute("width",n),t.setAttribute("height",r),s.replaceChildren();let o=(d,f,u)=>s.appendChild(k(d,f,u)),l=Math.floor(20*Math.min(...e.map(({H:d})=>d)))/20,i=Math.ceil(Math.max(...e.map(({error:d})=>d+2))/10)*10;return et(o,n,r,{x:[l,1,"normalised SVD entropy H at the start"],y:[0,i,"test error (%)"]},{x:6,y:5,end:!0})}function ot(t,s,e,n,r,o,l,i){let c=X(t,l,i),d=e.at(-1),f={x:[0,d,"update"],y:[0,100,"test error (%)"]},{x:u,y:g}=et(c,l,i,f,{x:3,y:5,end:!0}),x=(v,$)=>"M"+v.map((m,y)=>[m,$[y]]).filter(([m])=>m!==null).map(([m,y])=>`${u(y).toFixed(1)} ${g(m).toFixed(1)}`).join("L");n&&c("path",{d:x(n.curve,r),class:"re-curve re-other"}),c("path",{d:x(s.curve,e),class:"re-curve"}),e.length<=12&&s.curve.forEach((v,$)=>v!==null&&c("circle",{cx:u(e[$]),cy:g(v),r:2.5,class:"re-at"})),o<d&&(c("line",{x1:u(o),x2:u(o),y1:b.top,y2:g(0),class:"sl-radius"}),c("text",{...M(u(o)+5,b.top+10,"start"),class:"sl-note"},`read at ${o.toLocaleString("en")}`))}function nt(t,s,e){let[n,r,o]=[0,0,0];function l(){if(r=0,!n)return;let c=e(n);t.dataset.drawings=Number(t.dataset.drawings??0)+1,clearTimeout(o),o=setTimeout(()=>s.textContent=c,400)}let i=new ResizeObserver(([c])=>{let d=Math.floor(c.contentRect.width);d!==n&&(n=d,l())});return i.observe(t),{soon:()=>r||=requestAnimationFrame(l),stop(){i.disconnect(),cancelAnimationFrame(r),clearTimeout(o)}}}function rt(t,s,e,n,r){let o=document.createElement("div");return o.className=e,o.setAttribute("role","group"),o.setAttribute("aria-label",s),o.innerHTML=`<style>${n}</style>${r}<div class="sl-hidden" role="status" aria-live="polite"></div>`,t.appendChild(o)}var D=(t,s,e,n,r=!0)=>`
  <fieldset class="sl-kinds"><legend class="${r?"sl-legend-shown":"sl-hidden"}">${e}</legend>
    ${n.map(([o,l])=>`<label><input type="radio" name="${t}${s}" data-is="${s}" value="${o}"><span class="sl-name">${l}</span></label>`).join("")}
  </fieldset>`;var V={};J(V,{COLOURS:()=>O,KINDS:()=>A,best:()=>_,classes:()=>P,command:()=>G,described:()=>S,neighbour:()=>B,palette:()=>U,runsOf:()=>T,series:()=>W,short:()=>L,trained:()=>R});var A={rnn:"RNN",colei:"ColEI",dann:"DANN"},O={fraction:"inhibitory share",size:"units",kind:"kind of network"};function T({columns:t,groups:s}){return s.flatMap(({runs:n},r)=>n.map(o=>({group:r,...Object.fromEntries(t.map((l,i)=>[l,o[i]]))}))).sort((n,r)=>n.H-r.H||n.error-r.error)}function P(t,s){let e={fraction:l=>l.percent,size:l=>l.hidden,kind:l=>l.kind}[s],n={fraction:l=>l===null?"none":`${l} %`,size:l=>l.toLocaleString("en"),kind:l=>A[l]}[s],r=s==="kind"?Object.keys(A):null,o=[...new Set(t.map(e))].sort((l,i)=>r?r.indexOf(l)-r.indexOf(i):(l??1/0)-(i??1/0));return{of:e,list:o.map(l=>[l,n(l)])}}var $t={rnn:"#0072b2",colei:"#d55e00",dann:"#009e73"},C=["#440154","#414487","#2a788e","#22a884","#7ad151","#fde725"];function U(t,s){let e=t.filter(([n])=>n!==null);return new Map(t.map(([n])=>{if(s==="kind")return[n,$t[n]];if(n===null)return[n,"#8c959f"];let r=e.length>1?e.findIndex(([o])=>o===n)/(e.length-1):.5;return[n,wt(r*(C.length-1))]}))}function wt(t){let s=Math.min(Math.floor(t),C.length-2),e=(r,o)=>parseInt(r.slice(o,o+2),16);return`#${[1,3,5].map(r=>Math.round(e(C[s],r)*(s+1-t)+e(C[s+1],r)*(t-s))).map(r=>r.toString(16).padStart(2,"0")).join("")}`}function S(t){let s=[A[t.kind],`${t.hidden.toLocaleString("en")} units`];return t.inhibitory!==null&&s.push(`${t.inhibitory} ${t.kind==="dann"?"interneurons":"inhibitory"} (${t.percent} %)`),t.rho!==null&&s.push(`radius ${L(t.rho)}`),s.join(", ")}var R=t=>`seed ${t.seed}, rate ${L(t.lr)}, ${t.clip===null?"no clipping":`clipped at ${L(t.clip)}`}`,L=t=>`${Number(t.toPrecision(3))}`,G=(t,{experiment:s,scale:e})=>["DALESLAW_RESULTS=again","daleslaw run",s,`--scale ${e}`,...t.only.map(n=>`--only ${n}`)],W=({kind:t,group:s},e)=>e.length>1?`${A[t]}, ${e[s].label}`:A[t],_=t=>t.filter(({group:s})=>s===0).reduce((s,e)=>e.error<s.error?e:s);function B(t,s,e){let n=e==="ArrowUp"||e==="ArrowDown"?"error":"H",r=[...t].sort((l,i)=>l[n]-i[n]);if(e==="Home")return r[0];if(e==="End")return r.at(-1);let o=r.indexOf(s)+(e==="ArrowRight"||e==="ArrowUp"?1:-1);return r[Math.min(Math.max(o,0),r.length-1)]}var Mt=["ArrowLeft","ArrowRight","ArrowUp","ArrowDown","Home","End"],At=28,St=["all","first"],Et=0;function N(t,s={},e,n=()=>{}){let r=`re-${++Et}-`,o=Ct(t,r,e),l=T(e),i=x({colour:"fraction",runs:"all",selected:_(l).id},{...s,selected:s.selected||null}),c=null,d=null,f=()=>l.filter(({group:a})=>i.runs==="all"||a===0),u=()=>l.find(a=>a.id===i.selected)??null,g=nt(o.root,o.spoken,a=>(d=Lt(o,r,e,f(),i,a),at(o,e,u(),c,a),$(),u()?`Chosen: ${ct(u())}`:`${f().length} runs.`));function x(a,h){let w={...a};return Object.hasOwn(O,h.colour)&&(w.colour=h.colour),St.includes(h.runs)&&(w.runs=h.runs),(h.selected===""||l.some(E=>E.id===h.selected))&&(w.selected=h.selected),w}function v(a){i=x(i,a),f().includes(c)||(c=null),g.soon(),n(i)}function $(){it(o.rings,d,u(),"re-chosen",f()),it(o.rings,d,c,"re-looked",f()),c?o.points.setAttribute("aria-activedescendant",`${r}${c.id}`):o.points.removeAttribute("aria-activedescendant"),Ot(o,d,c)}function m(a){a!==c&&(c=a,$(),at(o,e,u(),c,o.root.clientWidth-6))}let y=a=>v({selected:a&&a.id===i.selected?"":a?.id??""});for(let a of o.choices)a.addEventListener("change",()=>v({[a.dataset.is]:a.value}));o.points.addEventListener("keydown",a=>{let h=c??u();if(Mt.includes(a.key))m(h&&f().includes(h)?B(f(),h,a.key):f()[0]);else if(a.key==="Enter"||a.key===" ")y(c??f()[0]);else if(a.key==="Escape")m(null);else return;a.preventDefault()}),o.points.addEventListener("focus",()=>o.points.matches(":focus-visible")&&m(c??u()??f()[0])),o.points.addEventListener("blur",()=>m(null));let p=a=>{let h=o.svg.getBoundingClientRect();return d?.nearest(a.clientX-h.left,a.clientY-h.top,At)??null};return o.svg.addEventListener("pointermove",a=>m(p(a))),o.svg.addEventListener("pointerleave",()=>o.points!==document.activeElement&&m(null)),o.svg.addEventListener("click",a=>{let h=p(a);h&&(m(h),y(h))}),o.copy.addEventListener("click",()=>Rt(o)),{set:v,settings:()=>i,destroy(){g.stop(),o.root.remove()}}}var ct=t=>`${S(t)}, seed ${t.seed}: entropy H ${t.H.toFixed(3)}, test error ${t.error.toFixed(1)} per cent.`;function Ct(t,s,{groups:e}){let n=e.length>1,r=`
    <div class="sl-controls re-controls"><div class="sl-row">
      ${D(s,"colour","Colour says",Object.entries(O))}
      ${n?D(s,"runs","Runs",[["all","all"],["first",e[0].label]]):""}
    </div></div>
    <div class="re-legend" aria-hidden="true"></div>
    <div class="sl-panels">
      <div class="sl-panel re-runs"><div class="sl-canvas">
        <svg><g data-is="axes" aria-hidden="true"></g><g data-is="rings" aria-hidden="true"></g><g data-is="points" tabindex="0" role="listbox"
          aria-label="Archived runs, error against entropy. Arrow keys go from run to run, Enter chooses one."></g></svg>
        <div class="re-tip" aria-hidden="true" hidden></div>
      </div></div>
      <div class="sl-panel re-one">
        <div class="sl-title"><span></span></div>
        <svg data-is="curve" role="img"></svg>
      </div>
    </div>
    <div class="re-command" hidden><div class="sl-words"></div>
      <div class="re-line"><code></code><button type="button" data-is="copy">Copy</button></div></div>`,o=rt(t,"Run explorer","sl re",Q+Z,r);o.dataset.kind="colei";let l=i=>o.querySelector(i);return{root:o,choices:[...o.querySelectorAll(".sl-kinds input")],legend:l(".re-legend"),svg:l(".re-runs svg"),axes:l("[data-is=axes]"),rings:l("[data-is=rings]"),points:l("[data-is=points]"),tip:l(".re-tip"),box:l(".re-runs"),curveBox:l(".re-one"),curveTitle:l(".re-one .sl-title span"),curve:l("[data-is=curve]"),command:l(".re-command"),code:l("code"),words:l(".re-command .sl-words"),copy:l("[data-is=copy]"),spoken:l("[role=status]")}}function dt(t){if(t<560)return{runs:[t,280],one:[t,210]};let s=Math.floor(.58*(t-12));return{runs:[s,330],one:[t-12-s,300]}}function Lt(t,s,{groups:e},n,r,o){for(let p of t.choices)p.checked=p.value===r[p.dataset.is];let[l,i]=dt(o).runs;t.box.style.width=`${l}px`;let{x:c,y:d}=st(t.svg,t.axes,n,l,i),{of:f,list:u}=P(n,r.colour),g=U(u,r.colour);t.points.replaceChildren(...n.map(p=>k("path",{d:q(I(p),z(c(p.H)),z(d(p.error)),5),fill:g.get(f(p)),class:"re-point",role:"option",id:`${s}${p.id}`,"aria-selected":p.id===r.selected,"aria-label":ct(p)})));let x=(p,a)=>`<svg width="13" height="13"><path d="${q(p,6.5,6.5,4.6)}" fill="${a}" class="re-point"/></svg>`,v=new Map(n.map(p=>[I(p),W(p,e)])),$=[...v].map(([p,a])=>`<span>${x(p,"none")}${a}</span>`).join(""),m=u.map(([p,a])=>`<span>${x("circle",g.get(p))}${a}</span>`).join("");t.legend.innerHTML=`<div>${m}</div>${v.size>1?`<div>${$}</div>`:""}`;let y=p=>({x:c(p.H),y:d(p.error)});return{width:l,of:y,nearest(p,a,h){let[w,E]=[null,h];for(let F of n){let K=Math.hypot(y(F).x-p,y(F).y-a);K<E&&([w,E]=[F,K])}return w}}}var z=t=>Math.round(10*t)/10;function it(t,s,e,n,r){if(t.querySelector(`.${n}`)?.remove(),!e||!r.includes(e))return;let{x:o,y:l}=s.of(e);t.append(k("circle",{cx:z(o),cy:z(l),r:9,class:n}))}function Ot(t,s,e){if(t.tip.hidden=!e,!e)return;t.tip.innerHTML=`${S(e)}<br>${R(e)}<br><b><i>H</i> = ${e.H.toFixed(3)}, error ${e.error.toFixed(1)} %</b>`;let{x:n,y:r}=s.of(e),o=Math.min(Math.max(n-t.tip.offsetWidth/2,0),s.width-t.tip.offsetWidth),l=r-t.tip.offsetHeight-14;t.tip.style.left=`${o}px`,t.tip.style.top=`${l>-20?l:r+14}px`}function at(t,{groups:s},e,n,r){let[o,l]=dt(r).one;t.curveBox.style.width=`${o}px`;let i=e??n;if(t.root.dataset.chosen=e?.id??"",t.command.hidden=!e,t.curve.style.display=i?"":"none",t.curveTitle.textContent=i?`${S(i)}, seed ${i.seed}`:"Choose a run to see how it learned",t.curveBox.classList.toggle("re-empty",!i),!i)return;let c=s[i.group],d=n&&n!==i?n:null,f=c.read.at(-1);ot(t.curve,i,c.updates,d,d&&s[d.group].updates,f,o,l);let u=i.curve.at(-1),g=`Learning curve of ${S(i)}: test error ${u===null?"lost":`${u.toFixed(1)} per cent`} after ${c.updates.at(-1).toLocaleString("en")} updates.`;t.curve.setAttribute("aria-label",g),e&&(t.words.textContent=`${c.provenance}; ${R(e)}. To run it again, into a folder of its own:`,t.code.innerHTML=G(e,c).map(x=>`<span>${x}</span>`).join(" "))}async function Rt(t){let s="Copied";try{await navigator.clipboard.writeText(t.code.textContent)}catch{getSelection().selectAllChildren(t.code),s="Selected"}t.copy.textContent=t.spoken.textContent=s,setTimeout(()=>t.copy.textContent="Copy",1500)}function pt(t,s,e=[]){if(typeof document>"u"||!document.currentScript)return;let n=()=>{for(let r of document.querySelectorAll(`.${t}:not([data-upgraded])`)){r.dataset.upgraded="";let o=Nt(r),l=zt(r,e),i=r.querySelector("figcaption");for(let d of[...r.childNodes])d!==i&&d.remove();let c=document.createElement("div");r.prepend(c),s(c,l,o)}};document.readyState==="loading"?document.addEventListener("DOMContentLoaded",n):n()}function zt(t,s){let e={};for(let n of s){let r=[...t.classList].find(o=>o.startsWith(`lab-${n}-`));r&&(e[n]=r.slice(`lab-${n}-`.length)),t.dataset[n]!==void 0&&(e[n]=t.dataset[n])}return e}function Nt(t){let s=t.querySelector('script[type="application/json"]');return s?JSON.parse(s.textContent):null}var H=["colour","runs","selected"];function Ht({model:t,el:s}){let e=o=>{for(let l of H)t.set(l,o[l]);t.save_changes()},n=Object.fromEntries(H.map(o=>[o,t.get(o)])),r=N(s,n,t.get("data"),e);for(let o of H)t.on(`change:${o}`,()=>{r.settings()[o]!==t.get(o)&&r.set({[o]:t.get(o)})});return()=>r.destroy()}pt("run-explorer",N,H);return gt(Ft);})();
