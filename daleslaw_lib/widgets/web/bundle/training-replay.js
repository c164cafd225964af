/*!
The training replay, built from daleslaw_lib/widgets/web by web/build.mjs.
*/
var TrainingReplay=(()=>{var q=Object.defineProperty;var et=Object.getOwnPropertyDescriptor;var rt=Object.getOwnPropertyNames;var st=Object.prototype.hasOwnProperty;var ot=(t,e)=>{for(var l in e)q(t,l,{get:e[l],enumerable:!0})},nt=(t,e,l,o)=>{if(e&&typeof e=="object"||typeof e=="function")for(let r of rt(e))!st.call(t,r)&&r!==l&&q(t,r,{get:()=>e[r],enumerable:!(o=et(e,r))||o.enumerable});return t};var lt=t=>nt(q({},"__esModule",{value:!0}),t);var zt={};ot(zt,{core:()=>Lt,mount:()=>C,render:()=>Rt});function G(t,e,l=[]){if(typeof document>"u"||!document.currentScript)return;let o=()=>{for(let r of document.querySelectorAll(`.${t}:not([data-upgraded])`)){r.dataset.upgraded="";let s=it(r),a=at(r,l),d=r.querySelector("figcaption");for(let i of[...r.childNodes])i!==d&&i.remove();let n=document.createElement("div");r.prepend(n),e(n,a,s)}};document.readyState==="loading"?document.addEventListener("DOMContentLoaded",o):o()}function at(t,e){let l={};for(let o of e){let r=[...t.classList].find(s=>s.startsWith(`lab-${o}-`));r&&(l[o]=r.slice(`lab-${o}-`.length)),t.dataset[o]!==void 0&&(l[o]=t.dataset[o])}return l}function it(t){let e=t.querySelector('script[type="application/json"]');return e?JSON.parse(e.textContent):null}var ct="http://www.w3.org/2000/svg";function E(t,e={},l=null){let o=document.createElementNS(ct,t);for(let[r,s]of Object.entries(e))o.setAttribute(r,s);return l!==null&&(o.textContent=l),o}function H(t,e,l){return t.setAttribute("viewBox",`0 0 ${e} ${l}`),t.setAttribute("width",e),t.setAttribute("height",l),t.replaceChildren(),(o,r,s)=>t.appendChild(E(o,r,s))}var S=(t,e,l="middle",o={})=>({x:t,y:e,"text-anchor":l,...o}),U=(t,e)=>S(t,e,"middle",{transform:`rotate(-90 ${t} ${e})`});var L={top:8,bottom:34,right:4},I={left:48,top:8,bottom:34,right:8},dt=.07,pt={from:.01,to:20,ticks:[.01,.1,1,10]},ut=[1,3,10,30,100,300,1e3],ft=[1,2,5,10,20,50,100],V={rnn:"M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",colei:"M-3.6 -3.6h7.2v7.2h-7.2Z",dann:"M0 -4.6L4.6 3.6H-4.6Z"};function Z(t){let e=E("svg",{width:12,height:12,viewBox:"-6 -6 12 12",class:`tr-${t}`,"aria-hidden":!0});return e.append(E("path",{d:V[t],class:"tr-mark"})),e}var z=(t,e,l,o)=>r=>l+(o-l)*Math.log(Math.min(Math.max(r,t),e)/t)/Math.log(e/t);function B(t,{kind:e,spectra:l},{width:o,height:r,left:s,labelled:a}){let d=H(t,o,r),[n,i,c]=[L.top,r-L.bottom,o-L.right],f=l[0].length,u=z(1,f,s,c),{from:m,to:x,ticks:b}=pt,g=z(m,x,i,n);for(let h of b)d("line",{x1:s,x2:c,y1:g(h),y2:g(h),class:"sl-grid"}),a&&d("text",S(s-5,g(h)+4,"end"),h===m?`≤ ${h}`:h);for(let h of ut.filter(M=>M<=f&&(o>170||!`${M}`.startsWith("3"))))d("text",S(u(h),i+15,h===1?"start":h===f?"end":"middle"),h);d("line",{x1:s,x2:c,y1:i,y2:i,class:"sl-axis"}),d("text",{...S((s+c)/2,i+30),class:"sl-label"},"rank"),a&&d("text",{...U(10,(n+i)/2),class:"sl-label"},"singular value");let w=h=>`M${[...h].map((M,F)=>`${u(F+1).toFixed(1)} ${g(M).toFixed(1)}`).join("L")}`;d("path",{d:w(l[0]),class:`tr-before tr-${e}`});let $=d("path",{class:`tr-now tr-${e}`});return h=>$.setAttribute("d",w(l[h]))}function W(t,{updates:e,frames:l},o,{width:r,height:s,label:a,log:d,id:n}){let i=H(t,r,s),{left:c,top:f}=I,[u,m]=[s-I.bottom,r-I.right],x=c+dt*(m-c),b=z(e[1],e.at(-1),x,m),g=p=>p?b(p):c,{y:w,ticks:$}=(d?mt:xt)(o.flatMap(({values:p})=>p),u,f);for(let p of $)i("line",{x1:c,x2:m,y1:w(p),y2:w(p),class:"sl-grid"}),i("text",S(c-5,w(p)+4,"end"),d?p:p.toFixed(2));for(let p of[0,1e3,1e4,e.at(-1)].filter(y=>y<=e.at(-1)))i("line",{x1:g(p),x2:g(p),y1:u,y2:u+4,class:"sl-axis"}),i("text",S(g(p),u+15,p===e.at(-1)?"end":"middle"),p.toLocaleString("en"));i("line",{x1:c,x2:m,y1:u,y2:u,class:"sl-axis"}),i("text",{...S((c+m)/2,u+30),class:"sl-label"},"update"),i("text",{...U(10,(f+u)/2),class:"sl-label"},a);let h=i("clipPath",{id:n}).appendChild(E("rect",{x:0,y:0,width:0,height:s})),M=i("line",{y1:f,y2:u,class:"tr-moment"}),F=o.map(({kind:p,values:y})=>{let A=ht(y,v=>g(e[v]),w);return i("path",{d:A,class:`tr-line tr-later tr-${p}`}),i("path",{d:A,class:`tr-line tr-${p}`,"clip-path":`url(#${n})`}),{values:y,mark:E("path",{d:V[p],class:`tr-mark tr-${p}`})}});return t.append(...F.map(({mark:p})=>p)),p=>{let y=g(e[l[p]]);h.setAttribute("width",y),M.setAttribute("x1",y),M.setAttribute("x2",y);for(let{mark:A,values:v}of F){let k=v[l[p]];A.style.display=k===null?"none":"",k!==null&&A.setAttribute("transform",`translate(${y.toFixed(1)} ${w(k).toFixed(1)})`)}}}function ht(t,e,l){let[o,r]=["",!1];return t.forEach((s,a)=>{s!==null&&(o+=`${r?"L":"M"}${e(a).toFixed(1)} ${l(s).toFixed(1)}`),r=s!==null}),o}function mt(t,e,l){let o=t.filter(n=>n>0),[r,s]=[Math.min(...o)/1.1,Math.max(...o)*1.05],a=ft.filter(n=>n>=r&&n<=s),d=[Math.ceil(r),Math.floor(s)];return{y:z(r,s,e,l),ticks:a.length>1?a:d}}function xt(t,e,l){let o=t.filter(n=>n!==null),r=[.01,.02,.05,.1,.2].find(n=>(Math.max(...o)-Math.min(...o))/n<5)??.5,s=Math.floor(Math.min(...o)/r)*r,a=Math.ceil(Math.max(...o)/r)*r,d=Array.from({length:Math.round((a-s)/r)+1},(n,i)=>s+i*r);return{y:n=>e+(l-e)*(n-s)/(a-s),ticks:d}}var[gt,bt]=[-4,1e4];function P({updates:t,frames:e,provenance:l,networks:o}){let r=a=>[...new Set(o.map(d=>d[a]))],s={};for(let{kind:a,seed:d,error:n,entropy:i,s:c}of o)s[`${a} ${d}`]={kind:a,error:n,entropy:i,spectra:yt(c,e.length)};return{updates:t,frames:e,provenance:l,kinds:r("kind"),seeds:r("seed"),networks:s}}function yt(t,e){let l=Uint8Array.from(atob(t),s=>s.charCodeAt(0)),o=new DataView(l.buffer),r=l.length/2/e;return Array.from({length:e},(s,a)=>Float64Array.from({length:r},(d,n)=>{let i=o.getUint16(2*(a*r+n),!0);return i?10**(gt+i/bt):0}))}function R({updates:t,frames:e},l){let o=r=>Math.abs(t[e[r]]-l);return e.reduce((r,s,a)=>o(a)<o(r)?a:r,0)}function T({frames:t},e,l=!1){return Math.min(e+(l?Math.ceil(t.length/12):1),t.length-1)}var K=`.sl {
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
`;var J=`.tr-rnn { --sl-kind: #0072b2; --tr: var(--sl-kind); }
.tr-colei { --sl-kind: #d55e00; --tr: var(--sl-kind); }
.tr-dann { --sl-kind: #009e73; --tr: var(--sl-kind); }
html[data-theme="dark"] .sl :is(.tr-rnn, .tr-colei, .tr-dann),
body[data-jp-theme-light="false"] .sl :is(.tr-rnn, .tr-colei, .tr-dann),
body.vscode-dark .sl :is(.tr-rnn, .tr-colei, .tr-dann),
html[theme="dark"] .sl :is(.tr-rnn, .tr-colei, .tr-dann) { --tr: color-mix(in srgb, var(--sl-kind) 68%, white); }
.tr { --sl-kind: var(--sl-text); }

/* --- controls --- */
.tr-controls { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin-bottom: 12px; }
.tr-play { min-width: 84px; }
.tr-play::before { content: "▶"; font-size: 0.8em; margin-right: 7px; }
.tr-play[data-playing]::before { content: "❚❚"; letter-spacing: -1px; }
.tr-controls .sl-slider { flex: 1 1 220px; grid-template-columns: auto 1fr auto; align-items: center; }
.tr-controls .sl-slider input { grid-column: 2; grid-row: 1; }
.tr-controls .sl-slider output { grid-column: 3; min-width: 124px; }
.tr-choice { display: flex; gap: 6px; align-items: center; }
.tr-choice label, .tr-choice legend { margin: 0; color: var(--sl-muted); font: inherit; float: left; width: auto; padding: 0; }
.tr-choice select { padding: 4px; width: auto; height: auto; }

/* --- pictures --- */
.tr-spectra, .tr-curves { display: flex; justify-content: space-between; }
.tr-curves { flex-wrap: wrap; margin-top: 8px; }
.tr-spectra .sl-title { justify-content: start; gap: 4px; align-items: center; }
.tr-spectra .sl-title svg { flex: none; }
.tr-title { margin-bottom: 4px; white-space: nowrap; }
.tr-title div { font-size: 12px; color: var(--sl-muted); }
.tr-title b { font-weight: 600; color: var(--sl-text); }
.tr-before, .tr-now, .tr-line { fill: none; stroke: var(--tr); stroke-linejoin: round; }
.tr-before { stroke-width: 3.5; stroke-opacity: 0.3; }
.tr-now { stroke-width: 1.8; }
.tr-line { stroke-width: 1.6; }
.tr-later { stroke-opacity: 0.28; }
.tr-colei.tr-line { stroke-dasharray: 7 2; }
.tr-dann.tr-line { stroke-dasharray: 7 2 2 2; }
.tr-mark { fill: var(--tr); stroke: var(--sl-surface); stroke-width: 1; }
.tr-moment { stroke: var(--sl-muted); }
.tr-foot { margin-top: 6px; }

@container (max-width: 560px) {
  .tr-controls .sl-slider { order: 1; flex: 1 0 100%; }
  .tr-play { flex: 1; }
  .tr-from { display: none; }
}
`;var D={rnn:"RNN",colei:"ColEI",dann:"DANN"},Y={"½×":.5,"1×":1,"2×":2,"4×":4},$t=8,Mt=1,j=44,At=0;function C(t,e,l={},o=()=>{}){let r=P(e),{updates:s,frames:a,seeds:d}=r,n=St(t,r,`tr-${++At}-`),i=matchMedia("(prefers-reduced-motion: reduce)"),[c,f]=[a.length-1,d[0]],u=[],[m,x,b,g]=[0,0,0,0],w=()=>({seed:f,update:s[a[c]]});function $(){for(let v of u)v(c);Et(n,r,f,c),n.root.dataset.drawings=Number(n.root.dataset.drawings??0)+1,clearTimeout(g),x||(g=setTimeout(()=>n.spoken.textContent=Nt(r,f,c),400)),x||o(w())}function h(){m&&(u=Ft(n,r,f,m),$())}function M(v){let k=(v-b)/1e3,N=(i.matches?Mt:$t)*Y[n.speed.value];k*N>=1&&(b=v,c=T(r,c,i.matches),c===a.length-1&&p(),$()),x&&(x=requestAnimationFrame(M))}function F(){c===a.length-1&&(c=0),b=performance.now(),x=requestAnimationFrame(M),X(n,!0),$()}function p(){cancelAnimationFrame(x),x=0,X(n,!1)}function y(v){let k=Number(v.seed??f);d.includes(k)&&k!==f&&(f=k,h());let N=Number(v.update??NaN);Number.isFinite(N)&&R(r,N)!==c&&(p(),c=R(r,N),$())}n.play.addEventListener("click",()=>x?(p(),$()):F()),n.slider.addEventListener("input",()=>{x&&p(),c=Number(n.slider.value),$()}),n.seed.addEventListener("change",()=>y({seed:n.seed.value}));let A=new ResizeObserver(([v])=>{let k=Math.floor(v.contentRect.width);k!==m&&(m=k,h())});return y(l),A.observe(n.root),{set:y,state:w,destroy(){p(),A.disconnect(),clearTimeout(g),n.root.remove()}}}function St(t,{frames:e,kinds:l,seeds:o,provenance:r},s){let a=document.createElement("div");a.className="sl tr",a.setAttribute("role","group"),a.setAttribute("aria-label","Training replay");let d=(i,c)=>i.map(f=>`<option${f===c?" selected":""}>${f}</option>`).join("");a.innerHTML=`
    <style>${K}${J}</style>
    <div class="tr-controls">
      <button type="button" class="tr-play">Play</button>
      <div class="sl-slider">
        <label for="${s}frame">Update</label><output for="${s}frame"></output>
        <input type="range" id="${s}frame" min="0" max="${e.length-1}" step="1">
      </div>
      <div class="tr-choice"><label for="${s}speed">Speed</label>
        <select id="${s}speed">${d(Object.keys(Y),"1×")}</select></div>
      <div class="tr-choice"><label for="${s}seed">Seed</label>
        <select id="${s}seed">${d(o,o[0])}</select></div>
    </div>
    <div class="tr-spectra">
      ${l.map(i=>`
        <div class="sl-panel" data-kind="${i}">
          <div class="tr-title"><div class="sl-title">${Z(i).outerHTML}<b>${D[i]}</b></div>
            <div data-is="entropy"></div><div data-is="error"></div></div>
          <svg role="img"></svg>
        </div>`).join("")}
    </div>
    <div class="tr-curves"><svg role="img" data-is="entropy"></svg><svg role="img" data-is="error"></svg></div>
    <div class="sl-words tr-foot">Broad and faint: singular values before learning. <span></span></div>
    <div class="sl-hidden" role="status" aria-live="polite"></div>`,t.append(a);let n=i=>a.querySelector(i);return n(".tr-foot span").textContent=r,{id:s,root:a,play:n(".tr-play"),slider:n("input[type=range]"),output:n("output"),speed:n(`#${s}speed`),seed:n(`#${s}seed`),panels:[...a.querySelectorAll(".sl-panel")].map(i=>({kind:i.dataset.kind,svg:i.querySelector(":scope > svg"),entropy:i.querySelector("[data-is=entropy]"),error:i.querySelector("[data-is=error]")})),curves:{entropy:n("svg[data-is=entropy]"),error:n("svg[data-is=error]")},spoken:n("[role=status]")}}function X({play:t},e){t.textContent=e?"Pause":"Play",t.toggleAttribute("data-playing",e)}function Ft(t,e,l,o){let r=c=>e.networks[`${c} ${l}`],s=o<560,a=Math.floor((o-j-(e.kinds.length-1)*12)/e.kinds.length),d=Math.min(Math.max(a,120),220)+L.bottom,n=t.panels.map(({kind:c,svg:f},u)=>B(f,r(c),{width:a+(u?0:j),height:d,left:u?0:j,labelled:!u}));for(let{kind:c,svg:f}of t.panels)f.closest(".sl-panel").querySelector(".tr-title").style.marginLeft=c===e.kinds[0]?`${j}px`:0;let i={entropy:"entropy H",error:"test error (%)"};for(let[c,f]of Object.entries(t.curves)){let u=e.kinds.map(b=>({kind:b,values:r(b)[c]})),m={width:s?o:Math.floor((o-12)/2),height:s?150:190},x={label:i[c],log:c==="error",id:`${t.id}${c}`};n.push(W(f,e,u,{...m,...x}))}return n}var tt=t=>t===null?"diverged":`${t.toFixed(t<10?2:1)} %`,_=t=>t===null?"none":t.toFixed(3);function Et(t,e,l,o){let{updates:r,frames:s,networks:a}=e,d=r[s[o]].toLocaleString("en");Number(t.slider.value)!==o&&(t.slider.value=o),t.seed.value=l,t.slider.style.setProperty("--sl-filled",`${100*o/(s.length-1)}%`),t.slider.setAttribute("aria-valuetext",`update ${d}`),t.output.textContent=`${d} of ${r.at(-1).toLocaleString("en")}`;for(let{kind:n,svg:i,entropy:c,error:f}of t.panels){let u=a[`${n} ${l}`],[m,x]=[u.entropy[s[o]],u.entropy[0]];c.innerHTML=`<i>H</i> <span class="tr-from">${_(x)} → </span><b>${_(m)}</b>`,f.innerHTML=`error <b>${tt(u.error[s[o]])}</b>`;let[b,g]=[u.spectra[o],u.spectra[0]];i.setAttribute("aria-label",`${D[n]}, singular values by rank at update ${d}: largest ${b[0].toFixed(2)}, middle ${b[b.length>>1].toFixed(2)}; before learning ${g[0].toFixed(2)} and ${g[b.length>>1].toFixed(2)}.`)}t.curves.entropy.setAttribute("aria-label",`Entropy H of each network against updates, marked at ${d}.`),t.curves.error.setAttribute("aria-label",`Test error of each network against updates, marked at ${d}.`)}function Nt({updates:t,frames:e,kinds:l,networks:o},r,s){let a=l.map(d=>{let n=o[`${d} ${r}`];return`${D[d]}: H ${_(n.entropy[e[s]])}, error ${tt(n.error[e[s]])}`});return`Update ${t[e[s]].toLocaleString("en")}, seed ${r}. ${a.join("; ")}.`}var Lt={decoded:P,nearestFrame:R,nextFrame:T},O=["seed","update"];function Rt({model:t,el:e}){let l=s=>{for(let a of O)t.set(a,s[a]);t.save_changes()},o=Object.fromEntries(O.map(s=>[s,t.get(s)])),r=C(e,t.get("data"),o,l);for(let s of O)t.on(`change:${s}`,()=>{r.state()[s]!==t.get(s)&&r.set({[s]:t.get(s)})});return r.destroy}G("training-replay",(t,e,l)=>C(t,l,e),O);return lt(zt);})();
