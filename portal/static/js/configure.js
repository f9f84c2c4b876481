// How htmx behaves: no eval, no inline styles or scripts, own origin only; mistakes in a form are swapped, other failures
// become toasts. Read before htmx looks at the page: both are deferred, and this stands behind it.

Object.assign(window.htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  allowScriptTags: false,
  selfRequestsOnly: true,
  disableInheritance: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  timeout: 20000,
  scrollBehavior: "auto",
  defaultSettleDelay: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "...", swap: true, error: true, target: "#toasts", swapOverride: "afterbegin" },
  ],
});
