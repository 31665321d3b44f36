// Questions that are doubted, as the learner, the editor and the owner see them; testing out; and a short check a week
// later. Every page is looked at in use and when something is refused. Not here: the way through a course (main-job.test.mjs).
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { FIXTURES, LEARNER, Organisation, answer, beginsAtWhatIsWrong, byKeyboard, follow, here, pool, press, tabToField, typeInto } from "./start.mjs";

const COURSE = "B10";
const OWNER = "ada@cast.example";

test("a question is doubted, withdrawn and passed over; a course is tested out of and checked again", async (t) => {
  const organisation = new Organisation();
  const { house, address } = await organisation.serve(t);
  await begin(house, address.pathname);
  const doubted = await doubt(house, organisation);
  await rule(house, organisation, doubted);
  await passOver(house, organisation, doubted);
  await testOut(house);
  await owners(house, organisation);
  assert.deepEqual(house.failures, []);

  organisation.at("2026-06-08");
  const later = (await organisation.serve(t)).house;
  await check(later, organisation);
  assert.deepEqual(later.failures, []);
});

/** The browser would stop an empty form itself; the server has to as well. */
const unchecked = (page) => page.evaluate(() => { for (const form of document.forms) form.noValidate = true; });

async function begin(house, path) {
  const page = await house.visit(path);
  await page.getByLabel("Name of the organisation").fill("Lindqvist GmbH");
  await page.getByLabel("Time zone").fill("Europe/Berlin");
  await page.getByLabel("Your name").fill("Ada Owner");
  await page.getByLabel("Your e-mail address").fill(OWNER);
  await press(house, "Begin");
  await press(house, "Use this programme");
  await house.visit("/roster/files/new");
  await page.locator("input[name=source]").fill("hr");
  await page.locator("input[type=file]").setInputFiles(join(FIXTURES, "personio.csv"));
  await press(house, "Show what would change");
  await press(house, "Apply the file");
  await house.look("/appeals", { name: "appeals-none" });
  await house.leave();
}

/** The first question seems wrong to a learner, who says so by keyboard alone. Gives its page. */
async function doubt(house, organisation) {
  await house.signIn(organisation.link(LEARNER, house));
  const page = await house.visit(`/my-training/${COURSE}`);
  await press(house, "Start the questions");
  const question = here(page);
  await heard(house, page);
  await byKeyboard(page, "This question seems wrong");
  await house.look(here(page), { name: "appeal" });
  await unchecked(page);
  await byKeyboard(page, "Tell the editors");
  house.expect(await beginsAtWhatIsWrong(page), "appeal", "does not begin at what is wrong");
  await house.lookHere("refused-appeal");
  await typeInto(page, "What seems wrong", "Two of the answers are right.");
  await tabToField(page, "I would like an answer");
  await page.keyboard.press("Space");
  await byKeyboard(page, "Tell the editors");
  house.expect(here(page) === question, "appeal", `leads to ${here(page)}`);
  house.expect((await page.getByRole("status").first().innerText()).startsWith("Thank you."), "appeal", "is not thanked for");
  await house.leave();
  return question;
}

/** What a screen reader is given of a question: its place, the question as the name of a group, and each choice by its words. */
async function heard(house, page) {
  const said = await page.locator("main").ariaSnapshot();
  writeFileSync(join(import.meta.dirname, "shots/question.txt"), said);
  const stem = await page.locator("h1").innerText();
  const choices = await page.locator("fieldset label.choice").count();
  house.expect(said.includes("Question 1 of 8, 0 answered"), "question", `does not say where it is: ${said}`);
  house.expect(said.includes(`heading ${JSON.stringify(stem)} [level=1]`), "question", `does not say what is asked: ${said}`);
  const named = said.split("\n").filter((line) => /- (radio|checkbox|button) "[^"]+"/.test(line)).length;
  house.expect(named >= choices, "question", `has choices without names: ${said}`);
}

async function rule(house, organisation) {
  await house.signIn(organisation.link(OWNER, house));
  await house.look("/appeals");
  const page = await house.visit("/appeals");
  await page.locator("main table a").first().click();
  await page.waitForLoadState("load");
  await house.look(here(page), { name: "ruling" });
  await unchecked(page);
  await press(house, "Decide");
  house.expect(await beginsAtWhatIsWrong(page), "ruling", "does not begin at what is wrong");
  await house.lookHere("refused-ruling");
  await page.getByLabel("Withdraw it").check();
  await page.getByLabel("Why", { exact: true }).fill("Both answers were right.");
  await press(house, "Decide");
  house.expect((await page.locator("h1").innerText()) === "Nobody's result changes.", "regrading", await page.locator("h1").innerText());
  await house.look(here(page), { name: "regrading" });
  await house.look(here(page).replace("regradings", "rulings"), { name: "ruling-withdrawn" });
  await house.leave();
}

async function passOver(house, organisation, question) {
  await house.signIn(organisation.link(LEARNER, house));
  await house.look(question, { name: "question-withdrawn" });
  const page = await house.visit(question);
  await byKeyboard(page, "Go on");
  const questions = pool(COURSE);
  while (here(page).includes("/questions/")) await answer(page, questions);
  await house.look(here(page), { name: "review-withdrawn" });
  await byKeyboard(page, "Hand in my answers");
  house.expect((await page.locator("h1").innerText()) === "You passed with 7 of 7.", "result", await page.locator("h1").innerText());
  await house.look(here(page), { name: "result-withdrawn" });
  await byKeyboard(page, "Go on to the statement");
  await byKeyboard(page, "I agree to sign electronically");
  await page.getByLabel("Your name").fill("Ama Diallo");
  await byKeyboard(page, "Look it over");
  await byKeyboard(page, "Sign and complete");
  house.expect((await page.locator("h1").innerText()).startsWith("You have completed"), "receipt", await page.locator("main").innerText());
}

async function testOut(house) {
  await house.look("/my-training/B02", { name: "course-test-out" });
  const page = await house.visit("/my-training/B02");
  await byKeyboard(page, "Test out");
  await house.lookHere("question-test-out");
  await house.look("/my-training", { name: "my-training-test-out" });
  await house.leave();
}

async function owners(house, organisation) {
  await house.signIn(organisation.link(OWNER, house));
  await house.look("/spaced-checks");
  const page = await house.visit("/accommodations");
  await unchecked(page);
  await press(house, "Save");
  house.expect(await beginsAtWhatIsWrong(page), "accommodations", "does not begin at what is wrong");
  await house.lookHere("refused-accommodations");
  await page.getByLabel("Person").fill(LEARNER);
  await page.getByLabel("Twice as many attempts").check();
  await press(house, "Save");
  await house.look("/accommodations");
  await house.leave();
}

async function check(house, organisation) {
  await house.signIn(organisation.link(LEARNER, house));
  await house.look("/my-training", { name: "my-training-check" });
  const page = await house.visit("/my-training");
  await byKeyboard(page, "Check Report it");
  await house.look(here(page), { name: "check" });
  await byKeyboard(page, "See how it went");
  house.expect((await page.locator("h1").innerText()).startsWith("0 of 3 right."), "check", await page.locator("h1").innerText());
  await house.look(here(page), { name: "check-answered" });
}
