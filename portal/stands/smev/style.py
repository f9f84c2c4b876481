"""How the page of the stand looks: the portal's colours, nothing to load."""

from typing import Final

STYLE: Final = """\
:root{--ground:#f7f8fa;--paper:#fff;--ink:#16202c;--quiet:#52606f;--line:#cfd6de;--main:#0b5cad;--good:#12683c;
--bad:#a3201f;--wait:#7a4d00}
@media(prefers-color-scheme:dark){:root{--ground:#10161d;--paper:#182029;--ink:#e8edf3;--quiet:#a3b0be;--line:#36424f;
--main:#7cb8f5;--good:#6fd39b;--bad:#ff9a94;--wait:#f0c26b}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,"DejaVu Sans",sans-serif}
header,main{max-width:72rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:0 0 .75rem}p{margin:.25rem 0}
header p,dt,small{color:var(--quiet)}
section{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:1rem;margin:1rem 0}
.counts{display:flex;flex-wrap:wrap;gap:2rem;margin:0 0 1rem}.counts dd{margin:0;font-size:1.5rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.5rem;border-bottom:1px solid var(--line);vertical-align:top}
code{font:.8rem ui-monospace,"DejaVu Sans Mono",monospace}
form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end}label{display:grid;gap:.25rem}
input,select,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--quiet);
border-radius:.375rem;padding:.375rem .75rem;min-height:2.25rem}
button{color:var(--main);border-color:var(--main);cursor:pointer}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
.state{font-weight:600}.answered{color:var(--good)}.silence{color:var(--bad)}.held,.late,.processing{color:var(--wait)}
"""
