/* What the pages do a little better with script. Everything here has a way without it. */

const YEAR = 365 * 24 * 60 * 60;
const live = () => document.getElementById("live");
const secure = location.protocol === "https:" ? "; Secure" : "";
const cookie = (name, value) => {
  document.cookie = `${name}=${value}; Path=/; SameSite=Lax; Max-Age=${value ? YEAR : 0}${secure}`;
};

/* --- Colours: the same cookie as the form's, without the trip ------------- */

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  cookie("theme", theme);
  if (theme) document.documentElement.dataset.bsTheme = theme;
  else delete document.documentElement.dataset.bsTheme;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
});

/* --- Menus close by Escape, by a click elsewhere, and one by another ------- */

const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* --- After a swap: focus what asks for it, say when the server is silent --- */

document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = event.detail.elt?.matches?.("[data-focus]")
    ? event.detail.elt
    : event.detail.elt?.querySelector?.("[data-focus]");
  if (wanted) wanted.focus({ preventScroll: false });
});

function complain(words) {
  live().textContent = words;
  const note = document.createElement("div");
  note.className = "note note-error";
  note.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = words;
  note.append(text);
  document.getElementById("messages").replaceChildren(note);
}
document.addEventListener("htmx:sendError", () => complain("The server does not answer. Nothing was changed; try again."));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 403) complain("You may not do that.");
  else if (status === 404) complain("This is no longer here. Load the page again.");
  else complain("The server failed. Nothing was changed; try again.");
});

/* --- Keys: j k / ?, off inside fields, and off altogether if so chosen ----- */

const keysOff = () => document.cookie.split("; ").includes("keys=off");
const rows = () => [...document.querySelectorAll("[data-rows] > [data-row], [data-rows] tbody > tr")];
const typing = (target) => target.closest("input, select, textarea, [contenteditable], dialog[open]");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((row) => row.hasAttribute("data-current"));
  const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
  for (const row of all) row.removeAttribute("data-current");
  next.setAttribute("data-current", "");
  (next.querySelector("a, button, summary, input:not([type=hidden])") ?? next).focus();
}

/* Pages add their own keys to this table. */
export const keys = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (keysOff() && event.key !== "?") return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

const keysOn = document.querySelector("[data-keys-on]");
if (keysOn) {
  keysOn.checked = !keysOff();
  keysOn.addEventListener("change", () => cookie("keys", keysOn.checked ? "" : "off"));
}

/* The row that has the focus is the current one, however the focus got there. */
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-rows] > [data-row], [data-rows] tbody > tr");
  if (!row) return;
  for (const other of rows()) other.toggleAttribute("data-current", other === row);
});

/* On a narrow screen the tabs scroll: show the one the reader is on. */
const tabs = document.querySelector(".tabs");
const tab = tabs?.querySelector("[aria-current]");
if (tab) tabs.scrollLeft = tab.offsetLeft - (tabs.clientWidth - tab.clientWidth) / 2;
