// What every browser test begins with: a data folder, the program, a server on a free port, and the hands of a person
// who has no mouse. Not here: what a page must be (`run.mjs`).
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { open } from "./run.mjs";

export const ROOT = join(import.meta.dirname, "..");
export const FIXTURES = join(ROOT, "crates/stories/fixtures");
export const LEARNER = "amadou.diallo@lindqvist.example";
const MUSTER = process.env.MUSTER ?? join(ROOT, "target/debug/muster");
/** Presses of the Tab key after which what is looked for is not on the page. */
const TABS_MAX = 160;

/** A data folder of its own, and the program run in it. */
export class Organisation {
  folder = mkdtempSync(join(tmpdir(), "muster-browser-"));
  #server;
  #settings = { ...process.env, MUSTER_NOW: "2026-06-01T09:00:00Z" };

  constructor() {
    for (const name of ["MUSTER_DATA", "MUSTER_DATABASE_URL", "MUSTER_PUBLIC_URL"]) delete this.#settings[name];
  }

  /** From here on it is this day, nine in the morning: for what is run, and for servers that are started. */
  at(day) {
    this.#settings.MUSTER_NOW = `${day}T09:00:00Z`;
  }

  /** Runs `muster` with these words and gives what it prints. */
  muster(...parts) {
    return execFileSync(MUSTER, parts, { cwd: this.folder, env: this.#settings, encoding: "utf8" });
  }

  /** Starts the server and opens a browser on it; both end with the test. `address` is what the server printed; `words` say where it listens. */
  async serve(t, words = ["--listen", "127.0.0.1:0"]) {
    await this.stop();
    const server = this.#server = spawn(MUSTER, ["serve", ...words], { cwd: this.folder, env: this.#settings, stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface({ input: server.stdout }), "line");
    const address = new URL(/http:\/\/\S+/.exec(line)[0]);
    const house = await open(address.origin);
    t.after(async () => {
      await house.browser.close();
      await this.stop();
      rmSync(this.folder, { recursive: true, force: true });
    });
    /** For a test that starts the program again. */
    const stop = async () => {
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
    };
    return { house, address, stop };
  }

  /** Ends the server, if there is one. */
  async stop() {
    if (!this.#server || this.#server.exitCode !== null || this.#server.signalCode !== null) return;
    const gone = once(this.#server, "exit");
    this.#server.kill("SIGKILL");
    await gone;
  }

  /** A sign-in link as the operator hands it over. */
  link(email, house) {
    return this.muster("link", email, "--public-url", house.base).trim();
  }
}

/** Presses the one button of this name and waits for where it leads. */
export async function press(house, name, within) {
  const page = await house.page();
  const button = (within ?? page).getByRole("button", { name, exact: true });
  await Promise.all([page.waitForNavigation(), button.click()]);
  return page;
}

export async function follow(page, words) {
  await Promise.all([page.waitForNavigation(), page.locator("main").getByRole("link", { name: words }).first().click()]);
  return page;
}

export const here = (page) => new URL(page.url()).pathname + new URL(page.url()).search;

/** Presses a button or follows a link with Tab and Enter, and waits for where it leads. */
export async function byKeyboard(page, name) {
  await tabToWords(page, name);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

/** Follows an entry of the menu with Tab and Enter, and unfolds its group first where it is folded. */
export async function byMenu(page, group, name) {
  await tabTo(page, (element, words) => element.matches("nav summary") && element.textContent === words, group);
  if (!await page.evaluate(() => document.activeElement.parentElement.open)) await page.keyboard.press("Enter");
  await byKeyboard(page, name);
}

/** The first stop of a page leads past the menu. */
export async function skip(page) {
  await page.evaluate(() => window.getSelection()?.removeAllRanges());
  await tabTo(page, (element) => element.matches(".skip"));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "main");
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.getElementById("main").contains(document.activeElement)), "after skipping, the next stop is not in the content");
}

/** Opens a sign-in link and presses its one button. */
export async function enter(house, page, link) {
  await house.visit(link);
  await byKeyboard(page, "Sign in");
}

export async function signOut(page) {
  await byKeyboard(page, "Sign out");
  assert.equal(here(page), "/sign-in");
}

export async function said(page, words) {
  assert.ok((await page.getByRole("status").first().innerText()).includes(words), `“${words}” is not said on ${here(page)}`);
}

/** A refused form begins at its summary; the link in it leads into the field. */
export async function atTheProblem(page, field) {
  assert.ok(await beginsAtWhatIsWrong(page), `${here(page)} does not begin at what is wrong`);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction((name) => document.activeElement.name === name, field);
}

export async function tabToWords(page, name) {
  await tabTo(page, (element, words) => element.matches("button, a") && element.textContent.replace(/[\s*_`\\]/g, "") === words, squeezed(name));
}

/** Moves to the field of this label with Tab and types into it. */
export async function typeInto(page, label, text) {
  await tabToField(page, label);
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
}

export async function tabToField(page, label) {
  await tabTo(page, (element, words) => [...(element.labels ?? [])].some((one) => one.textContent.replace(/\s+/g, "").startsWith(words)), squeezed(label));
}

/** Tab until the focused element is the one; every stop on the way has to be seen. */
export async function tabTo(page, is, argument) {
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    await page.keyboard.press("Tab");
    await seen(page);
    const found = await page.evaluate(`(${is})(document.activeElement, ${JSON.stringify(argument ?? null)})`);
    if (found) return;
  }
  assert.fail(`on ${here(page)} the Tab key does not lead to ${argument ?? is}`);
}

/** Types a date into the field of this label, part by part, as browsers in English ask for it. */
export async function typeDate(page, label, day) {
  await tabToField(page, label);
  const [year, month, date] = day.split("-");
  await page.keyboard.type(`${month}${date}${year}`);
}

/** Out of the page, once round it and once back, over the same stops. */
export async function around(page) {
  await tour(page);
  const there = await tour(page);
  assert.equal(await tour(page, "Shift+Tab"), there, `on ${here(page)} there are other stops on the way back`);
  return there;
}

/** Presses Tab until the page is left or begins again, and gives how many stops that were: nothing holds the focus. */
export async function tour(page, key = "Tab") {
  await page.evaluate(() => {
    document.activeElement?.blur();
    globalThis.stops = [];
  });
  let stops = 0;
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    await page.keyboard.press(key);
    if (!await seen(page)) {
      if (stops > 0) return stops;
      continue;
    }
    // A field of several parts is several stops; the first of all stops reached again is the end.
    const again = await page.evaluate(() => {
      const [now, first, last] = [document.activeElement, globalThis.stops[0], globalThis.stops.at(-1)];
      globalThis.stops.push(now);
      return now === first && now !== last;
    });
    if (again) return stops;
    stops += 1;
  }
  assert.fail(`${key} does not leave ${here(page)}`);
}

/** Whether something has the focus; what has it must have an outline, and must not be hidden, outside or covered. */
async function seen(page) {
  const { at, wrong } = await page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return { at: null };
    const drawn = element.closest(".choice") ?? element;
    const style = getComputedStyle(drawn);
    const at = `${element.tagName.toLowerCase()} “${(element.getAttribute("aria-label") ?? element.name ?? "") || element.textContent.trim().slice(0, 40)}”`;
    const box = drawn.getBoundingClientRect();
    const [x, y] = [Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2), Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 2)];
    const top = document.elementFromPoint(x, y);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return { at, wrong: "has no visible focus" };
    if (box.width === 0 || box.height === 0) return { at, wrong: "has no size" };
    if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) return { at, wrong: "is outside the window" };
    if (!top || !(drawn.contains(top) || top.contains(drawn))) return { at, wrong: `is covered by ${top?.outerHTML.slice(0, 80)}` };
    return { at };
  });
  assert.equal(wrong, undefined, `on ${here(page)} ${at} ${wrong}`);
  return at !== null;
}

/** Whether a refused form begins at its summary. Browsers move there when they first draw, just after the page is loaded. */
export async function beginsAtWhatIsWrong(page) {
  return page.waitForFunction(() => document.activeElement.matches(".summary"), null, { timeout: 5000 }).then(() => true, () => false);
}

/** Answers the question of this page rightly, without a mouse, and goes on. */
export async function answer(page, questions, look) {
  const heading = await page.locator("h1").innerText();
  const asked = questions.find((question) => squeezed(question.stem.split("\n\n")[0]) === squeezed(heading));
  assert.ok(asked, `no question is “${heading}”`);
  await look?.(asked.kind);
  if (asked.kind === "order") {
    await putInOrder(page, asked);
  } else {
    for (const option of asked.options.filter((one) => one.correct)) await choose(page, option.text);
  }
  const on = page.getByRole("button", { name: /^Save and (go on|look over)$/ });
  await byKeyboard(page, await on.innerText());
}

/** Moves to the choice with Tab, and within radios with the arrows, and makes it. */
async function choose(page, text) {
  const choices = page.locator("fieldset label.choice");
  const labels = (await choices.allInnerTexts()).map(squeezed);
  const index = labels.indexOf(squeezed(text));
  assert.ok(index >= 0, `“${text}” is not offered but ${labels}`);
  const input = choices.nth(index).locator("input");
  if ((await input.getAttribute("type")) === "radio") {
    await tabTo(page, (element) => element.matches("fieldset input[type=radio]"));
    for (let tries = 0; tries <= labels.length && !(await input.isChecked()); tries += 1) {
      await page.keyboard.press(tries === 0 ? "Space" : "ArrowDown");
    }
  } else {
    await tabTo(page, (element, at) => [...document.querySelectorAll("fieldset label.choice input")].indexOf(element) === at, index);
    await page.keyboard.press("Space");
  }
  assert.ok(await input.isChecked(), `“${text}” cannot be chosen with the keyboard`);
}

/** Moves the steps of an order to where they belong, without a mouse. */
export async function putInOrder(page, asked) {
  for (const [place, option] of asked.options.entries()) {
    for (;;) {
      const steps = (await page.locator("[id^=step-] .stack > span").allInnerTexts()).map(squeezed);
      const at = steps.indexOf(squeezed(option.text));
      assert.ok(at >= place, `“${option.text}” is at ${at}`);
      if (at === place) break;
      await byKeyboard(page, `Up: step ${at + 1}`);
    }
  }
}

/** The questions of the course as they are shipped: as much TOML as those files use. */
export function pool(course) {
  const questions = [];
  const at = join(ROOT, "catalogue/courses", course, "questions");
  for (const file of readdirSync(at)) {
    let into;
    for (const line of readFileSync(join(at, file), "utf8").split("\n")) {
      if (line === "[[question]]") questions.push(into = { options: [] });
      else if (line === "[[question.option]]") questions.at(-1).options.push(into = {});
      else if (line.startsWith("[[")) into = {};
      const [, key, value] = /^(\w+) = (".*"|true|false|\d+)$/.exec(line) ?? [];
      if (key) into[key] = JSON.parse(value);
    }
  }
  assert.ok(questions.every((question) => question.stem && question.kind), "every question has a stem and a kind");
  return questions;
}

const squeezed = (text) => text.replace(/[\s*_`\\]/g, "");
