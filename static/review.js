/* Reviewing without leaving the keyboard or the place. Everything here has a way without it. */

const keysOff = () => document.cookie.split("; ").includes("keys=off");
const typing = (target) => target.closest("input, select, textarea, [contenteditable], dialog[open]");
const current = () => document.querySelector("[data-rows] tbody > tr[data-current]");

/* --- Keys of the current row: r its reason, o the finding, u take back, 1 to 6 decide --- */

const acts = {
  r: (row) => row.querySelector("[data-reason]")?.focus(),
  o: (row) => row.querySelector("[data-open]")?.click(),
  u: (row) => {
    const part = row.querySelector(".withdraw");
    if (!part) return;
    part.open = true;
    part.querySelector("input:not([type=hidden])").focus();
  },
};

function decide(row, key) {
  const button = row.querySelector(`[data-kind="${key}"]`);
  if (!button) return;
  const reason = row.querySelector("[data-reason]");
  if (reason.value.trim()) button.click();
  else reason.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || keysOff() || typing(event.target)) return;
  const row = current();
  if (!row) return;
  if (acts[event.key]) {
    event.preventDefault();
    acts[event.key](row);
  } else if (/^[1-6]$/.test(event.key)) {
    event.preventDefault();
    decide(row, event.key);
  }
});

/* --- In the field of a reason: Escape leaves it; Enter presses the first button, as in any form --- */

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-reason]");
  if (!field) return;
  if (event.key === "Escape") field.closest("tr")?.querySelector("[data-open]")?.focus();
});

/* --- After a decision the eye goes on to the next row, which gets the focus ------------- */

document.addEventListener("htmx:afterSettle", (event) => {
  const moved = document.querySelector("tr[data-moved]");
  if (moved) {
    const next = document.getElementById(moved.dataset.moved);
    moved.removeAttribute("data-moved");
    (next?.querySelector("[data-open]") ?? next ?? moved).focus();
    return;
  }
  const refused = event.detail.elt?.querySelector?.(".conflict");
  if (refused) (event.detail.elt.querySelector("[data-reason]") ?? event.detail.elt.querySelector("[data-open]"))?.focus();
});

/* --- A cell of the matrix leads to its finding on the same page, if it stands there ------ */

document.addEventListener("click", (event) => {
  const cell = event.target.closest("[data-jump]");
  if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const row = document.getElementById(cell.dataset.jump);
  if (!row) return;
  event.preventDefault();
  history.replaceState(null, "", `#${row.id}`);
  row.scrollIntoView({ block: "center" });
  (row.querySelector("[data-reason]") ?? row.querySelector("[data-open]"))?.focus({ preventScroll: true });
});
