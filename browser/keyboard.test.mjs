// The main job without a mouse: Tab, Enter, Space and the arrows, every stop in sight, and the same again where scripts
// do not run. Not here: what each page must be (main-job.test.mjs).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { FIXTURES, LEARNER, Organisation, answer, atTheProblem, byKeyboard, byMenu, enter, here, pool, said, signOut, skip, tabToField, tabToWords, tour, typeInto } from "./start.mjs";

const COURSE = "B10";

for (const scripts of [true, false]) {
  test(`the main job with the keyboard alone, ${scripts ? "with" : "without"} scripts`, async (t) => {
    const organisation = new Organisation();
    const { house, address } = await organisation.serve(t);
    let page = await house.page({ scripts });
    await setUp(house, page, address.pathname);
    await people(page);
    await programme(page);
    await signOut(page);

    await house.leave();
    page = await house.page({ scripts });
    await enter(house, page, organisation.link(LEARNER, house));
    await learn(page);
    await signOut(page);

    await house.leave();
    page = await house.page({ scripts });
    await enter(house, page, organisation.link("ada@cast.example", house));
    await pack(page, organisation);
    await signOut(page);
    assert.deepEqual(house.failures, []);
  });
}

async function setUp(house, page, path) {
  await house.visit(path);
  assert.ok(await tour(page) > 6, "the form has fewer stops than fields");
  await house.visit(path);
  await typeInto(page, "Name of the organisation", "Lindqvist GmbH");
  await tabToField(page, "SOC 2");
  await page.keyboard.press("Space");
  assert.equal(await page.locator("input[name=framework]:checked").count(), 1, "Space does not take the tick away");
  await page.keyboard.press("Space");
  await typeInto(page, "Time zone", "Mars/Olympus");
  await typeInto(page, "Your name", "Ada Owner");
  await typeInto(page, "Your e-mail address", "ada@cast.example");
  await byKeyboard(page, "Begin");
  await atTheProblem(page, "zone");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("Europe/Berlin");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.equal(here(page), "/set-up");
}

async function people(page) {
  await skip(page);
  await byKeyboard(page, "Upload a list");
  await tour(page);
  await typeInto(page, "Source", "hr");
  await byKeyboard(page, "Show what would change");
  await atTheProblem(page, "file");
  await typeInto(page, "Or paste the rows here", readFileSync(join(FIXTURES, "personio.csv"), "utf8").replace("\u{feff}", ""));
  await byKeyboard(page, "Show what would change");
  assert.match(await page.locator("h1").innerText(), /^10 would join/);
  await tour(page);
  await byKeyboard(page, "Apply the file");
  await said(page, "The file is applied");
}

async function programme(page) {
  await byMenu(page, "Settings", "Set-up");
  await byKeyboard(page, "Use this programme");
  await said(page, "The programme is in force");
  await byMenu(page, "Programme", "Rules");
  await byKeyboard(page, "Add a rule");
  await typeInto(page, "Name of the rule", "Engineering: phishing");
  await tabToField(page, "Course");
  await page.keyboard.press("ArrowDown");
  await tabToField(page, "Everyone");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("input[name=audience]:checked").getAttribute("value"), "any");
  await typeInto(page, "Department", "Engineering");
  await byKeyboard(page, "Look at who is in it");
  assert.match(await page.locator("main").innerText(), /of \d+ people/);
  await byKeyboard(page, "Save this rule");
  await said(page, "The rule is set");
}

async function learn(page) {
  assert.match(here(page), /^\/my-training/);
  await byKeyboard(page, "Report it");
  await byKeyboard(page, "Read the first lesson");
  await tour(page);
  while (await page.getByRole("button", { name: "Next lesson" }).count() > 0) await byKeyboard(page, "Next lesson");
  await byKeyboard(page, "To the questions");
  if (!here(page).includes("/questions/")) await byKeyboard(page, "Start the questions");
  await tour(page);
  const questions = pool(COURSE);
  while (here(page).includes("/questions/")) await answer(page, questions);
  await byKeyboard(page, "Hand in my answers");
  assert.match(await page.locator("h1").innerText(), /^You passed/);
  await byKeyboard(page, "Go on to the statement");
  await byKeyboard(page, "I agree to sign electronically");
  await typeInto(page, "Your name", "Ama Diallo");
  await byKeyboard(page, "Look it over");
  await tour(page);
  await byKeyboard(page, "Sign and complete");
  assert.match(await page.locator("h1").innerText(), /^You have completed/);
  await byKeyboard(page, "See your certificate");
}

async function pack(page, organisation) {
  await byMenu(page, "Evidence", "Packs");
  await tabToField(page, "Framework");
  await page.keyboard.press("ArrowDown");
  await tabToWords(page, "Build and download");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  const path = join(organisation.folder, "pack.zip");
  await download.saveAs(path);
  assert.match(organisation.muster("verify", path), /\nVerified\.\n$/);
}
