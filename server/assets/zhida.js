// A little help where there is scripting; every page works without it.
"use strict";
(() => {
  const english = document.documentElement.lang.startsWith("en");
  const say = (chinese, other) => (english ? other : chinese);

  // Live suggestions below a search bar: a list box that the keyboard reaches.
  for (const bar of document.querySelectorAll("[data-suggest]")) {
    const input = bar.querySelector("input[type=search]");
    if (!input) continue;
    const list = document.createElement("ul");
    list.id = `${input.id}-suggestions`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", say("建议", "Suggestions"));
    list.hidden = true;
    bar.append(list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    let timer = 0, asked = 0, place = -1;

    const close = () => {
      list.hidden = true;
      place = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const move = (step) => {
      const lines = [...list.children];
      if (!lines.length) return;
      place = (place + step + lines.length) % lines.length;
      lines.forEach((line, number) => line.setAttribute("aria-selected", String(number === place)));
      input.setAttribute("aria-activedescendant", lines[place].id);
      lines[place].scrollIntoView({ block: "nearest" });
    };
    const show = (found) => {
      list.replaceChildren();
      found.forEach((one, number) => {
        const line = document.createElement("li");
        line.id = `${list.id}-${number}`;
        line.setAttribute("role", "option");
        line.setAttribute("aria-selected", "false");
        line.dataset.path = one.path;
        const kind = document.createElement("span");
        kind.className = "badge none";
        kind.textContent = one.kind === "measure" ? say("事项", "Measure") : say("政策", "Policy");
        line.append(kind, ` ${one.name}`);
        line.addEventListener("mousedown", (event) => {
          event.preventDefault();
          location.assign(one.path);
        });
        list.append(line);
      });
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(found.length > 0));
      place = -1;
    };
    const ask = async () => {
      const typed = input.value.trim();
      const number = ++asked;
      if (!typed) return close();
      try {
        const reply = await fetch(`/suggest?q=${encodeURIComponent(typed)}`);
        const found = reply.ok ? await reply.json() : [];
        // An answer to what was typed before is too late.
        if (number === asked) show(found);
      } catch {
        close();
      }
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Escape") {
        close();
      } else if (event.key === "Enter" && place >= 0) {
        event.preventDefault();
        location.assign(list.children[place].dataset.path);
      }
    });
  }

  // Checks beside the field before a form is sent; the server checks all of it again.
  const figure = /^-?\d{1,3}(,?\d{3})*(\.\d+)?\s*(元|千元|万元|百万元|千万元|亿元|%)?$|^-?\d+(\.\d+)?\s*(元|千元|万元|百万元|千万元|亿元|%)?$/u;
  const tell = (input, message) => {
    const id = `${input.id}-live`;
    document.getElementById(id)?.remove();
    input.toggleAttribute("aria-invalid", false);
    if (!message) return;
    input.setAttribute("aria-invalid", "true");
    const note = document.createElement("p");
    note.id = id;
    note.className = "wrong";
    note.setAttribute("role", "status");
    note.textContent = message;
    input.after(note);
  };
  for (const input of document.querySelectorAll("[data-check] [data-figure]")) {
    input.addEventListener("change", () => {
      const typed = input.value.trim().replace(/,/gu, ",");
      const is_wrong = typed && !figure.test(typed);
      tell(input, is_wrong ? say("这不像一个数,请核对", "This does not look like a number") : "");
    });
  }
  for (const input of document.querySelectorAll("[data-check] [data-digits]")) {
    input.addEventListener("change", () => {
      const typed = input.value.replace(/\s/gu, "");
      const is_wrong = typed && !/^\d+$/u.test(typed);
      tell(input, is_wrong ? say("这里只写数字", "Digits only") : "");
    });
  }

  // A form is sent once, however often somebody clicks.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", () => {
      setTimeout(() => {
        for (const button of form.querySelectorAll("button")) button.disabled = true;
      }, 0);
    });
  }
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const button of document.querySelectorAll("form[method=post] button")) {
      button.disabled = false;
    }
  });

  // Where somebody is can be seen, however many pages there are; newer browsers do so by themselves.
  const here = document.querySelector(".pages a[aria-current]");
  if (here) {
    const row = here.parentElement;
    row.scrollLeft = here.offsetLeft + here.offsetWidth - row.clientWidth;
  }

  // Filters fold away on a phone.
  if (matchMedia("(max-width: 640px)").matches) {
    for (const filters of document.querySelectorAll("details.filters")) filters.open = false;
  }
})();

// Live progress of long work; without it the page looks again by itself.
for (const bar of document.querySelectorAll("progress[data-events]")) {
  const events = new EventSource(bar.dataset.events);
  events.onmessage = (event) => {
    const told = JSON.parse(event.data);
    bar.value = told.percent;
    for (const text of document.querySelectorAll("[data-percent]")) text.textContent = told.percent;
    if (told.over) {
      events.close();
      location.reload();
    }
  };
}
