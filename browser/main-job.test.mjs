// The main job in a real browser, from the set-up address to two packs that verify: every page on the way is looked
// at in light and dark, narrow and wide, and the questions are answered with the keyboard alone.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import { open } from "./run.mjs";

const ROOT = join(import.meta.dirname, "..");
const FIXTURES = join(ROOT, "crates/stories/fixtures");
const MUSTER = process.env.MUSTER ?? join(ROOT, "target/debug/muster");
const LEARNER = "amadou.diallo@lindqvist.example";
const COURSE = "B10";
/** Presses of the Tab key after which what is looked for is not on the page. */
const TABS_MAX = 120;

const folder = mkdtempSync(join(tmpdir(), "muster-browser-"));
const settings = { ...process.env, MUSTER_NOW: "2026-06-01T09:00:00Z" };
for (const name of ["MUSTER_DATA", "MUSTER_DATABASE_URL", "MUSTER_PUBLIC_URL"]) delete settings[name];

function muster(...parts) {
  return execFileSync(MUSTER, parts, { cwd: folder, env: settings, encoding: "utf8" });
}

/** Starts the server on a free port; gives it and the one line it prints. */
async function serve() {
  const server = spawn(MUSTER, ["serve", "--listen", "127.0.0.1:0"], { cwd: folder, env: settings, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: server.stdout }), "line");
  const address = /http:\/\/\S+/.exec(line)[0];
  return { server, address };
}

test("from two lists to two packs that verify", async (t) => {
  const { server, address } = await serve();
  const base = new URL(address).origin;
  const house = await open(base);
  t.after(async () => {
    await house.browser.close();
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  await setUp(house, new URL(address).pathname);
  await people(house, "hr", "personio.csv", "plan-hr");
  await people(house, "contractors", "bamboohr.csv", "plan-contractors");
  await programme(house);
  muster("import", "completions", join(FIXTURES, "history.csv"), "--source", "oldlms");
  await ownersPages(house);
  for (const framework of ["iso27001", "soc2"]) await pack(house, framework);

  await house.leave();
  await house.signIn(muster("link", LEARNER, "--public-url", base).trim());
  await learn(house);
  assert.deepEqual(house.failures, []);
  assert.ok(house.looked >= 30, `only ${house.looked} pages were looked at`);
});

/** Presses the one button of this name and waits for where it leads. */
async function press(house, name, within) {
  const page = await house.page();
  const button = (within ?? page).getByRole("button", { name, exact: true });
  await Promise.all([page.waitForNavigation(), button.click()]);
  return page;
}

const here = (page) => new URL(page.url()).pathname + new URL(page.url()).search;

async function setUp(house, path) {
  await house.look(path, { name: "set-up-first" });
  const page = await house.visit(path);
  await page.getByLabel("Name of the organisation").fill("Lindqvist GmbH");
  await page.getByLabel("Time zone").fill("Europe/Berlin");
  await page.getByLabel("Your name").fill("Ada Owner");
  await page.getByLabel("Your e-mail address").fill("ada@cast.example");
  await press(house, "Begin");
  house.expect(here(page) === "/set-up", "set-up", `leads to ${here(page)}`);
  await house.look("/set-up", { name: "set-up-steps" });
  await house.look(path, { name: "set-up-spent", status: 410 });
  await house.look("/", { name: "today-empty" });
  await house.look("/people", { name: "people-empty" });
}

async function people(house, source, file, name) {
  if (source === "hr") await house.look("/roster/files/new");
  const page = await house.visit("/roster/files/new");
  await page.locator("input[name=source]").fill(source);
  await page.locator("input[type=file]").setInputFiles(join(FIXTURES, file));
  await press(house, "Show what would change");
  await house.look(here(page), { name });
  await press(house, "Apply the file");
  house.expect((await page.getByRole("status").first().innerText()).includes("The file is applied"), name, "is not said to be applied");
}

async function programme(house) {
  const page = await house.visit("/set-up");
  await press(house, "Use this programme");
  house.expect((await page.locator("main").innerText()).includes("2 of 3 steps are done"), "set-up", "does not count two steps");
}

async function ownersPages(house) {
  const paths = [
    "/", "/people", "/people?whom=everybody", "/courses", `/courses/${COURSE}`, "/programme", "/programme/rules/new", "/assignments",
    "/frameworks", "/frameworks/iso27001?from=2026-01-01&to=2027-01-01", "/packs", "/exports", "/ledger", "/roster/files",
    "/roles", "/mail", "/sessions", "/organisation", "/coverage/uncovered", "/coverage/covered",
  ];
  for (const path of paths) await house.look(path);
  const page = await house.visit("/people");
  await house.look(here(await follow(house, page, "Sofie Brandt")), { name: "person" });
  await house.look(here(await follow(house, page, "Grant a waiver")), { name: "waiver" });
  await house.visit("/frameworks/iso27001?from=2026-01-01&to=2027-01-01");
  await house.look(here(await follow(house, page, "A.6.3")), { name: "requirement" });
  await house.look("/nowhere", { name: "missing", status: 404 });
}

async function follow(house, page, words) {
  await Promise.all([page.waitForNavigation(), page.locator("main").getByRole("link", { name: words }).first().click()]);
  return page;
}

async function pack(house, framework) {
  const page = await house.visit("/packs");
  await page.locator("select[name=framework]").selectOption(framework);
  await page.locator("input[name=from]").fill("2026-01-01");
  await page.locator("input[name=to]").fill("2027-01-01");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Build and download" }).click()]);
  const path = join(folder, `${framework}.zip`);
  await download.saveAs(path);
  assert.match(download.suggestedFilename(), new RegExp(`^muster-evidence_${framework}_2026-01-01_2026-12-31\\.zip$`));
  assert.match(muster("verify", path), /\nVerified\.\n$/);
}

async function learn(house) {
  await house.look("/my-training");
  await house.look("/my-record");
  const page = await house.visit(`/my-training/${COURSE}`);
  await house.look(`/my-training/${COURSE}`);
  const lessons = readdirSync(join(ROOT, "catalogue/courses", COURSE, "lessons")).length;
  for (let n = 1; n <= lessons; n += 1) {
    await house.look(`/my-training/${COURSE}/lessons/${n}`);
    await press(house, n < lessons ? "Next lesson" : "To the questions");
  }
  await house.visit(`/my-training/${COURSE}`);
  await press(house, "Start the questions");
  const kinds = new Set();
  const questions = pool();
  while (here(page).includes("/questions/")) await answer(house, page, questions, kinds);
  house.expect(kinds.size > 1, "questions", "are all of one kind");
  await house.look(here(page), { name: "review" });
  await byKeyboard(page, "Hand in my answers");
  house.expect((await page.locator("h1").innerText()).startsWith("You passed"), "result", await page.locator("h1").innerText());
  await house.look(here(page), { name: "result" });
  await byKeyboard(page, "Go on to the statement");
  await house.look(here(page), { name: "statement" });
  await page.getByLabel("Your name").fill("Ama Diallo");
  await byKeyboard(page, "Sign and complete");
  house.expect((await page.locator("h1").innerText()).startsWith("You have completed"), "receipt", await page.locator("main").innerText());
  await house.look(here(page), { name: "receipt" });
  await house.look(here(await follow(house, page, "See your certificate")), { name: "certificate" });
  const [paper] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download (PDF)" }).click()]);
  const path = join(folder, "certificate.pdf");
  await paper.saveAs(path);
  assert.equal(readFileSync(path).subarray(0, 5).toString(), "%PDF-");
}

/** Answers the question of this page rightly, without a mouse, and goes on. */
async function answer(house, page, questions, kinds) {
  const heading = await page.locator("h1").innerText();
  const asked = questions.find((question) => squeezed(question.stem.split("\n\n")[0]) === squeezed(heading));
  assert.ok(asked, `no question is “${heading}”`);
  if (!kinds.has(asked.kind)) {
    kinds.add(asked.kind);
    await house.look(here(page), { name: `question-${asked.kind}` });
  }
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

async function putInOrder(page, asked) {
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

/** Presses a button with Tab and Enter, and waits for where it leads. */
async function byKeyboard(page, name) {
  const wanted = squeezed(name);
  await tabTo(page, (element, words) => element.matches("button") && element.textContent.replace(/\s+/g, "") === words, wanted);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

async function tabTo(page, is, argument) {
  await page.evaluate(() => document.activeElement?.blur());
  for (let tabs = 0; tabs < TABS_MAX; tabs += 1) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(`(${is})(document.activeElement, ${JSON.stringify(argument ?? null)})`);
    if (found) return;
  }
  assert.fail(`the Tab key does not lead to ${argument ?? is}`);
}

const squeezed = (text) => text.replace(/[\s*_`\\]/g, "");

/** The questions of the course as they are shipped: as much TOML as those files use. */
function pool() {
  const questions = [];
  const at = join(ROOT, "catalogue/courses", COURSE, "questions");
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
