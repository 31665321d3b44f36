// A course in German: offered on its page, read, asked, switched in the middle, signed; fallen back where it is behind; and
// the edition in German as its authors see it. By keyboard alone. Not here: the way through a course (main-job.test.mjs).
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { FIXTURES, LEARNER, Organisation, ROOT, answer, byKeyboard, here, pool, press } from "./start.mjs";

const COURSE = "B02";
const OWNER = "ada@cast.example";

test("a course is read, switched and signed in German, and says where it is not in German", async (t) => {
  const organisation = new Organisation();
  const { house, address } = await organisation.serve(t);
  await begin(house, address.pathname);
  await house.signIn(organisation.link(LEARNER, house));
  await reads(house);
  await isAsked(house);
  await house.leave();
  behind(organisation);
  await house.signIn(organisation.link(LEARNER, house));
  await fallsBack(house);
  await house.leave();
  await house.signIn(organisation.link(OWNER, house));
  await house.look(`/courses/${COURSE}/editions/2`, { name: "edition-languages" });
  await house.look(`/courses/${COURSE}/editions/2/translations/de`, { name: "edition-german" });
  assert.deepEqual(house.failures, []);
});

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
  await house.leave();
}

/** The language of the nearest element that says one. */
const spoken = (page, selector) => page.locator(selector).first().evaluate((element) => element.closest("[lang]").lang);

async function reads(house) {
  const page = await house.visit(`/my-training/${COURSE}`);
  house.expect(await spoken(page, "h1") === "en", "course", "is not in English at first");
  await byKeyboard(page, "Deutsch");
  house.expect(await spoken(page, "h1") === "de", "course", "is not in German once that was chosen");
  await house.look(`/my-training/${COURSE}`, { name: "course-german" });
  await house.look(`/my-training/${COURSE}/lessons/1`, { name: "lesson-german" });
  house.expect(await spoken(page, "article p") === "de", "lesson", "does not say that it is German");
}

async function isAsked(house) {
  const page = await house.visit(`/my-training/${COURSE}`);
  await byKeyboard(page, "Start the questions");
  const first = here(page);
  await house.look(first, { name: "question-german" });
  await page.goto(house.base + first);
  await byKeyboard(page, "English");
  house.expect(here(page) === first && await spoken(page, "h1") === "en", "question", "is not in English once that was chosen");
  await byKeyboard(page, "Deutsch");
  house.expect(await spoken(page, "label.choice span") === "de", "question", "has choices that are not German");
  const questions = german(pool(COURSE));
  while (here(page).includes("/questions/")) await answer(page, questions);
  await house.look(here(page), { name: "review-german" });
  await byKeyboard(page, "Hand in my answers");
  await house.look(here(page), { name: "result-german" });
  await byKeyboard(page, "Go on to the statement");
  await byKeyboard(page, "I agree to sign electronically");
  house.expect((await page.locator("main").innerText()).includes("Ich habe diesen Kurs selbst abgeschlossen."), "statement", "is not German");
  await house.look(here(page), { name: "statement-german" });
}

/** The pool with the translated texts, from the files. */
function german(questions) {
  const folder = join(ROOT, "catalogue/courses", COURSE, "translations/de");
  const texts = new Map();
  for (const file of ["judge", "channels", "own-route", "report"]) {
    const text = readFileSync(join(folder, "questions", `${file}.toml`), "utf8");
    for (const part of text.split("[[question]]\n").slice(1)) {
      const values = (key) => [...part.matchAll(new RegExp(`^${key} = (".*")$`, "gm"))].map((match) => JSON.parse(match[1]));
      texts.set(values("id")[0], { stem: values("stem")[0], options: values("text") });
    }
  }
  return questions.map((question) => {
    const { stem, options } = texts.get(question.id);
    return { ...question, stem, options: question.options.map((option, n) => ({ ...option, text: options[n] })) };
  });
}

/** Publishes an edition of which the second lesson was changed and not translated again. */
function behind(organisation) {
  const folder = mkdtempSync(join(organisation.folder, "course-"));
  cpSync(join(ROOT, "catalogue/courses", COURSE), folder, { recursive: true });
  const lesson = join(folder, "lessons/02-every-channel.md");
  writeFileSync(lesson, readFileSync(lesson, "utf8").replace("Only the wrapping changes.", "The wrapping is what changes."));
  organisation.muster("course", "publish", folder);
  rmSync(folder, { recursive: true });
}

async function fallsBack(house) {
  await house.look(`/my-training/${COURSE}`, { name: "course-german-behind" });
  await house.look(`/my-training/${COURSE}/lessons/2`, { name: "lesson-german-behind" });
  const page = await house.visit(`/my-training/${COURSE}/lessons/2`);
  house.expect((await page.locator("main").innerText()).includes("So you read it in English."), "lesson", "does not say that it is not German");
  house.expect(await spoken(page, "article p") === "en", "lesson", "says that English is German");
}
