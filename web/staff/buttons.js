// Buttons that tell how their action stands. One that cannot be used now keeps the focus: it is `aria-disabled`, not disabled.
//
//   actionButton(acting.of(key), { run: "print", label, busy: say("printing_now"), done: say("print_sent"), icon: PRINTER })
//
// `run` names what a click does (see Panel); `isOff` with the words of `why` in the element whose id is `describedBy`.

import { html } from "../shared/dom.js";
import { CHECK } from "./icons.js";
import { say } from "./words.js";

const BUSY = new Set(["pending", "unknown"]);

export function actionButton(standing, { run, of = "", label, long = null, busy = label, done = label, icon = null, look = "", isOff = false, describedBy = null }) {
  const isBusy = BUSY.has(standing?.state);
  const isDone = standing?.state === "done";
  const text = isBusy ? busy : isDone ? done : label;
  return html`<button type="button" class="${look} ${isBusy ? "busy" : ""} ${isDone ? "done" : ""}" data-key="run-${run}-${of}" data-run="${run}" data-of="${of}"
    aria-label="${isBusy || isDone ? text : long ?? text}" aria-disabled="${isOff || isBusy || isDone ? "true" : "false"}" ${describedBy && html`aria-describedby="${describedBy}"`}
    >${isDone ? CHECK : isBusy ? html`<span class="turning"></span>` : icon}<span class="label">${text}</span></button>`;
}

// A setting that is on or off; while it changes it is neither.
export function switchButton(standing, { run, isOn, label, lead }) {
  const isBusy = BUSY.has(standing?.state);
  return html`<button type="button" role="switch" class="switch ${isBusy ? "busy" : ""}" data-key="run-${run}" data-run="${run}" data-of="" aria-checked="${isOn}" aria-disabled="${isBusy}" aria-label="${label}" aria-describedby="${run}-lead">
    <span class="names"><b>${label}</b><small id="${run}-lead">${lead}</small></span><span class="track"><span class="knob"></span></span></button>`;
}

// What went wrong, until it is dismissed or tried again.
export const failure = ([key, { state }], words) => html`<p class="failure is-${state}" data-key="failure-${key}"><span>${words}</span>
  ${state === "failed" && html`<button type="button" class="bare" data-run="dismiss" data-of="${key}">${say("dismiss")}</button>`}</p>`;
