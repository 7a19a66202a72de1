/* What the pages do beyond links and forms. Every page works without this file, only less comfortably.
   It runs before the page is drawn, so that nothing flickers. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  if (!root.dataset.theme && window.matchMedia("(prefers-color-scheme: dark)").matches) root.dataset.theme = "dark";

  function one(selector, within) { return (within || document).querySelector(selector); }
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function on(type, selector, act) {
    document.addEventListener(type, function (event) {
      var found = event.target.closest && event.target.closest(selector);
      if (found) act(event, found);
    });
  }
  function token() { return one('input[name="csrf_token"]').value; }
  function kept(name, value) {
    try {
      if (value === undefined) return localStorage.getItem(name);
      localStorage.setItem(name, value);
    } catch (refused) { return null; }
  }
  /* ── menus, navigation, dialogs ── */
  function setNav(open) {
    var opener = one("[data-nav]");
    root.classList.toggle("nav-open", open);
    if (!opener) return;
    opener.setAttribute("aria-expanded", String(open));
    if (open) one("#side a").focus(); else opener.focus();
  }
  on("click", "[data-nav]", function (event) { event.preventDefault(); setNav(!root.classList.contains("nav-open")); });
  document.addEventListener("click", function (event) {
    if (root.classList.contains("nav-open") && !event.target.closest("#side, [data-nav]")) setNav(false);
    all("details.menu[open]").forEach(function (menu) { if (!menu.contains(event.target)) menu.open = false; });
  });
  on("click", "[data-open]", function (event, opener) { one("#" + opener.dataset.open).showModal(); });
  on("click", "[data-back]", function (event) { if (history.length > 1) { event.preventDefault(); history.back(); } });
  on("click", "[data-unfold]", function (event, link) { one(link.getAttribute("href")).open = true; });
  on("click", "[data-more]", function (event, button) {
    var open = button.closest("form").classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  });
  on("click", "[data-reveal]", function (event, button) {
    var field = document.getElementById(button.dataset.reveal), shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  on("submit", "[data-theme-form]", function (event, form) {
    event.preventDefault();
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    var body = new URLSearchParams(new FormData(form));
    body.set("theme", root.dataset.theme);
    fetch(form.getAttribute("action"), { method: "POST", body: body, credentials: "same-origin" });
  });
  /* ── forms: ask before, send once ── */
  var agreed = new WeakSet();
  on("submit", "form[data-confirm]", function (event, form) {
    if (agreed.has(form) || (event.submitter && "plain" in event.submitter.dataset)) return;
    event.preventDefault();
    var dialog = one("#ask"), button = event.submitter || one("button", form);
    one("[data-ask-text]", dialog).textContent = form.dataset.confirm;
    one("[data-ask-yes]", dialog).textContent = Array.prototype.map.call(button.childNodes, function (node) { return node.nodeType === Node.TEXT_NODE ? node.data : ""; }).join("").trim();
    dialog.returnValue = "";
    dialog.onclose = function () {
      if (dialog.returnValue !== "yes") { button.focus(); return; }
      agreed.add(form);
      form.requestSubmit(button);
    };
    dialog.showModal();
  });
  on("submit", "form[data-once]", function (event, form) {
    if (event.defaultPrevented) return;
    var button = event.submitter || one('button[type="submit"]', form);
    setTimeout(function () {
      button.disabled = true;
      button.dataset.label = button.textContent;
      button.textContent = form.dataset.once;
    });
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) all("button[data-label]").forEach(function (button) { button.disabled = false; button.textContent = button.dataset.label; });
  });
  on("change", "[data-query] select", function (event, select) { select.form.requestSubmit(); });
  /* ── one-time codes ── */
  on("input", "[data-auto-submit]", function (event, field) {
    var digits = field.value.replace(/[０-９]/g, function (d) { return String.fromCharCode(d.charCodeAt(0) - 0xfee0); }).replace(/\D/g, "");
    var wanted = Number(field.dataset.autoSubmit);
    field.value = digits.slice(0, wanted);
    if (digits.length >= wanted && !field.dataset.sent) { field.dataset.sent = "1"; field.form.requestSubmit(); }
  });
  function countDown(line) {
    var button = one("[data-after-countdown]", line.parentNode), end = Date.now() + Number(line.dataset.countdown) * 1000;
    button.hidden = true;
    var clock = setInterval(function () {
      var left = Math.ceil((end - Date.now()) / 1000);
      if (left > 0) { line.textContent = line.dataset.say.replace("{n}", left); return; }
      clearInterval(clock);
      line.hidden = true;
      button.hidden = false;
    }, 1000);
  }
  /* ── upload: dropping or choosing a file sends it ── */
  on("change", "[data-kind-choice]", function (event, choice) {
    all("[data-kind]").forEach(function (part) {
      part.hidden = part.dataset.kind !== choice.value;
      if ("disabled" in part) part.disabled = part.hidden;
    });
  });
  function send(form) {
    var zone = one("[data-dropzone]", form), bar = one("[data-bar]", zone), text = one("[data-sending-text]", zone);
    var request = new XMLHttpRequest(), address = form.getAttribute("action") || location.href;
    function say(percent) {
      bar.className = "w-" + percent;
      text.textContent = percent < 100 ? zone.dataset.sending.replace("{percent}", percent) : zone.dataset.received;
    }
    function fail() {
      zone.classList.remove("busy");
      one("[data-sending-box]", zone).hidden = true;
      one("input[type=file]", zone).value = "";
      text.textContent = zone.dataset.failed;
    }
    zone.classList.add("busy");
    one("[data-sending-box]", zone).hidden = false;
    say(0);
    request.upload.onprogress = function (event) { if (event.lengthComputable) say(Math.floor(100 * event.loaded / event.total)); };
    request.onerror = fail;
    request.onload = function () {
      var answer = new DOMParser().parseFromString(request.responseText, "text/html"), main = one("#main", answer);
      if (request.responseURL && request.responseURL.split("#")[0] !== new URL(address, location.href).href.split("#")[0]) { location.assign(request.responseURL); return; }
      if (!main) { fail(); return; }
      one("#main").replaceWith(document.adoptNode(main));
      document.title = answer.title;
      begin();
    };
    request.open("POST", address);
    request.send(new FormData(form));
  }
  on("change", "[data-dropzone] input[type=file]", function (event, field) { if (field.files.length) send(field.form); });
  ["dragenter", "dragover", "dragleave", "drop"].forEach(function (type) {
    document.addEventListener(type, function (event) {
      var zone = one("[data-dropzone]");
      if (!zone) return;
      event.preventDefault();
      var inside = zone.contains(event.target);
      zone.classList.toggle("over", inside && type !== "dragleave" && type !== "drop");
      if (type !== "drop" || !inside || !event.dataTransfer.files.length) return;
      var field = one("input[type=file]", zone);
      field.files = event.dataTransfer.files;
      send(field.form);
    });
  });
  /* ── columns of a file: our columns are dragged onto its headings; the lists hold what is sent ── */
  function matched() {
    var form = one("[data-mapping]"), line = one("[data-missing]");
    if (!form || !line) return;
    var used = all("select", form).map(function (list) { return list.value; }), missing = [];
    all("[data-chip]", form).forEach(function (chip) {
      var on = used.indexOf(chip.dataset.chip) >= 0;
      chip.classList.toggle("on", on);
      if (!on && "required" in chip.dataset) missing.push(chip.dataset.label);
    });
    line.textContent = missing.length ? line.dataset.some.replace("{names}", missing.join(document.documentElement.lang.indexOf("zh") ? ", " : "、")) : line.dataset.none;
  }
  function match(list, field) {
    all("[data-mapping] select").forEach(function (other) { if (other.value === field) other.value = ""; });
    list.value = field;
    list.focus();
    matched();
  }
  on("change", "[data-mapping] select", matched);
  on("click", "[data-set]", function (event, button) { document.getElementById(button.dataset.for).value = button.dataset.set; });
  on("click", "[data-choose]", function (event, button) { match(document.getElementById(button.dataset.for), button.dataset.choose); });
  on("dragstart", "[data-chip]", function (event, chip) {
    event.dataTransfer.setData("text/x-column", chip.dataset.chip);
    event.dataTransfer.effectAllowed = "copy";
  });
  ["dragover", "dragleave", "drop"].forEach(function (type) {
    on(type, "[data-heading]", function (event, row) {
      if (Array.prototype.indexOf.call(event.dataTransfer.types, "text/x-column") < 0) return;
      event.preventDefault();
      row.classList.toggle("over", type === "dragover");
      if (type === "drop") match(one("select", row), event.dataTransfer.getData("text/x-column"));
    });
  });
  /* ── after a row is mended: on to the next, after the last to the confirm button ── */
  function goOn(row) {
    var active = document.activeElement, idle = !active || active === document.body || row.contains(active);
    if (!idle) return;
    var own = one("[data-faulty]", row);
    if (own) { if (!row.contains(active)) own.focus(); return; }
    var left = all("#rows [data-faulty]");
    var next = left.filter(function (field) { return row.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING; })[0] || left[0];
    (next || one("[data-rest]") || one("#confirm-go:not(:disabled)") || row).focus();
  }
  document.addEventListener("htmx:before:swap", function (event) {
    var target = event.detail.ctx.target;
    event.detail.ctx.row = target && target.matches && target.matches("tr[data-row]") ? target.id : null;
  });
  document.addEventListener("htmx:after:swap", function (event) {
    var row = event.detail.ctx.row && document.getElementById(event.detail.ctx.row);
    net("");
    if (row) { goOn(row); retitle(); }
    announce();
  });
  function retitle() {
    var summary = one("#errors h2");
    if (summary) document.title = summary.textContent.trim() + document.title.slice(Math.max(0, document.title.search(/[：:]/)));
  }
  /* ── live progress: said at 25, 50, 75, 100 % and at the first failure ── */
  var said = { quarter: -1, bad: 0 };
  function announce() {
    var panel = one("#progress"), line = one("[data-live]");
    if (!panel || !line) return;
    var quarter = Math.floor(Number(panel.dataset.percent) / 25), bad = Number(panel.dataset.bad);
    if (said.quarter >= 0 && (quarter > said.quarter || (bad && !said.bad))) line.textContent = panel.dataset.say;
    said.quarter = quarter;
    said.bad = bad;
  }
  /* ── the connection ── */
  function net(kind) { var line = one("#net"); if (line) line.textContent = kind ? line.dataset[kind] : ""; }
  document.addEventListener("htmx:before:response", function (event) {
    if (event.detail.ctx.response.raw.redirected) { event.preventDefault(); location.reload(); }
  });
  document.addEventListener("htmx:response:error", function () { net("refused"); });
  document.addEventListener("htmx:error", function () { net("offline"); });
  /* ── lists: choose rows ── */
  function counted() {
    var bar = one("[data-bulkbar]");
    if (!bar) return;
    var boxes = all('input[name="rowid"]'), chosen = boxes.filter(function (box) { return box.checked; }).length, head = one("[data-all]");
    boxes.forEach(function (box) { box.closest("tr").classList.toggle("sel", box.checked); });
    head.checked = chosen > 0 && chosen === boxes.length;
    head.indeterminate = chosen > 0 && chosen < boxes.length;
    bar.hidden = !chosen;
    one("[data-count]", bar).textContent = one("[data-count]", bar).dataset.say.replace("{n}", chosen);
  }
  on("change", 'input[name="rowid"]', counted);
  on("change", "[data-all]", function (event, head) {
    all('input[name="rowid"]').forEach(function (box) { box.checked = head.checked; });
    counted();
  });
  on("click", "[data-print]", function () { window.print(); });
  /* ── keyboard ── */
  var waiting = 0;
  function move(step) {
    var rows = all("[data-list] tbody tr, ul[data-list] > li");
    if (!rows.length) return;
    var at = rows.findIndex(function (row) { return row.classList.contains("at"); });
    if (at >= 0) rows[at].classList.remove("at");
    var next = rows[Math.max(0, Math.min(rows.length - 1, at + step))], target = one("a, input", next);
    next.classList.add("at");
    next.scrollIntoView({ block: "nearest" });
    if (target) (one("a", next) || target).focus({ preventScroll: true });
  }
  function letter(key) {
    if (Date.now() - waiting < 1200) {
      waiting = 0;
      var link = one('[data-go="' + CSS.escape(key) + '"]');
      if (link) link.click();
      return;
    }
    var current = one(".at"), box = current && one('input[name="rowid"]', current), link = current && one("a", current);
    if (key === "g") waiting = Date.now();
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "x" && box) box.click();
    else if (key === "Enter" && link && document.activeElement === document.body) link.click();
    else if (key === "?" && one("#keys")) one("#keys").showModal();
  }
  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest && event.target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, dialog");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && one("[data-search]")) { event.preventDefault(); one("[data-search]").focus(); return; }
    if (event.key === "Escape") {
      if (root.classList.contains("nav-open")) setNav(false);
      all("details.menu[open]").forEach(function (menu) { menu.open = false; one("summary", menu).focus(); });
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || kept("single-keys") === "off") return;
    letter(event.key);
  });
  on("change", "[data-single-keys]", function (event, box) { kept("single-keys", box.checked ? "on" : "off"); });
  /* ── reading aloud ── */
  on("click", "[data-speak]", function (event, button) {
    var voice = window.speechSynthesis, speaking = button.getAttribute("aria-pressed") === "true";
    voice.cancel();
    button.setAttribute("aria-pressed", String(!speaking));
    if (speaking) return;
    var words = new SpeechSynthesisUtterance(one("#main").innerText);
    words.lang = root.lang;
    words.onend = function () { button.setAttribute("aria-pressed", "false"); };
    voice.speak(words);
  });
  /* ── signing out after long rest; tabs share the time of the last sign of life ── */
  function watch(dialog) {
    var limit = Number(dialog.dataset.idle) * 1000, left = one("[data-idle-left]", dialog), touched = false, here = Date.now();
    function alive() { here = Date.now(); kept("alive", String(here)); touched = false; }
    function keep() {
      alive();
      fetch(dialog.dataset.keepalive, { method: "POST", headers: { "X-CSRFToken": token() }, credentials: "same-origin" });
    }
    alive();
    ["pointerdown", "keydown"].forEach(function (type) { document.addEventListener(type, function () { touched = true; }, { passive: true }); });
    one("[data-idle-stay]", dialog).addEventListener("click", function () { keep(); dialog.close(); });
    dialog.addEventListener("cancel", keep);
    setInterval(function () {
      var rest = limit - (Date.now() - Math.max(here, Number(kept("alive") || 0)));
      if (rest > 60000) { if (dialog.open) dialog.close(); return; }
      if (touched && !dialog.open) { keep(); return; }
      if (rest <= 0) { one("form", dialog).submit(); return; }
      left.textContent = Math.ceil(rest / 1000);
      if (!dialog.open) { touched = false; dialog.showModal(); }
    }, 1000);
  }

  function begin() {
    var first = one("[data-autofocus]");
    if (first) first.focus();
    all("[data-countdown]").forEach(countDown);
    counted();
    announce();
  }
  document.addEventListener("DOMContentLoaded", function () {
    begin();
    if (!window.speechSynthesis) all("[data-speak]").forEach(function (button) { button.hidden = true; });
    var box = one("[data-single-keys]");
    if (box) box.checked = kept("single-keys") !== "off";
    if (one("#idle")) watch(one("#idle"));
  });
})();
