// The editor: a course is begun, changed and proposed by one person and published by another, with what is wrong shown while
// they type. Not here: what follows (crates/stories/tests/whole/editor.rs).
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Organisation, byKeyboard, follow, here, press, tour, typeInto } from "./start.mjs";

test("a course is changed by one person and published by another", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lake Ltd", "--framework", "iso27001", "--owner-email", "ada@lake.example", "--owner-name", "Ada Lake");
  const people = join(organisation.folder, "people.csv");
  writeFileSync(people, "source_id,full_name,email,person_type,start_date,department\n1,Ada Lake,ada@lake.example,employee,2024-01-15,Security\n2,Ed Writer,ed@lake.example,employee,2026-05-01,Security\n");
  organisation.muster("roster", "apply", people, "--source", "hr");
  organisation.muster("assign");
  const { house } = await organisation.serve(t);
  await house.signIn(organisation.link("ada@lake.example", house));
  const roles = await house.visit("/roles");
  await roles.getByLabel("Name", { exact: true }).fill("Ed Writer");
  await roles.getByLabel("E-mail address").fill("ed@lake.example");
  await roles.locator("input[name=role][value=editor]").check();
  await press(house, "Give the role");
  await house.signIn(organisation.link("ed@lake.example", house));
  await house.look("/drafts", { name: "drafts-none" });
  await house.look("/drafts/new", { name: "draft-new" });
  const draft = await writes(house);
  await parts(house, draft);
  await translates(house, draft);
  await losesNothing(house, draft);
  await both(house, draft);
  await takesIn(house, draft, organisation);
  await picture(house, draft, organisation);
  await house.signIn(organisation.link("ada@lake.example", house));
  await house.look("/drafts", { name: "drafts" });
  await reviews(house, draft);
  assert.deepEqual(house.failures, []);
});

/** By the keyboard alone: open a course, change a lesson, see what is wrong appear and go away, save. */
async function writes(house) {
  const page = await house.visit("/courses/B02");
  await byKeyboard(page, "Change this course");
  const draft = here(page).split("?")[0];
  await house.lookHere("draft-begun");
  await byKeyboard(page, "Three questions for any message");
  await house.lookHere("draft-lesson");
  const text = await page.locator("textarea[name=text]").inputValue();
  await typeInto(page, "Text", text.replace(/^# .*/, "No title"));
  await page.locator("[data-behaviour=live]").getByText("error", { exact: true }).first().waitFor({ timeout: 8000 });
  await house.lookHere("draft-lesson-wrong");
  await typeInto(page, "Text", `${text}\nTell us, even when you are not sure.\n`);
  await page.locator("[data-behaviour=live]").getByText("Tell us, even when you are not sure.").waitFor({ timeout: 8000 });
  await byKeyboard(page, "Save");
  house.expect((await page.locator("body").innerText()).includes("Saved."), "lesson", "does not say that it is saved");
  await tour(page);
  return draft;
}

async function parts(house, draft) {
  for (const part of ["about", "objectives", "assessment", "statement", "sources", "changes"]) {
    await house.look(`${draft}/parts/course/${part}`, { name: `draft-${part}` });
  }
  const page = await house.visit(draft);
  await follow(page, /supplier/);
  await house.lookHere("draft-question");
  await page.locator("[name='option.0.correct']").uncheck();
  await page.locator("[data-behaviour=live]").getByText("error", { exact: true }).first().waitFor({ timeout: 8000 });
  await page.locator("[name='option.0.correct']").check();
  await page.locator("[name=stem]").fill("A supplier’s mail asks you to change its bank details before noon. Which part tells you most about the risk?");
  await press(house, "Save");
  await house.look(`${draft}/parts/files/course.toml`, { name: "draft-file" });
  await house.look(`${draft}/differences`, { name: "draft-differences" });
}

/** By the keyboard alone: one part into another language, and on to the next. */
async function translates(house, draft) {
  const page = await house.visit(draft);
  await typeInto(page, "Another language", "fr");
  await byKeyboard(page, "Translate");
  await house.lookHere("draft-language");
  await byKeyboard(page, "Title and summary");
  await house.lookHere("draft-translation");
  await typeInto(page, "Title", "L’hameçonnage sur tous les canaux");
  await typeInto(page, "Summary", "Jugez un message à ce qu’il demande.");
  await byKeyboard(page, "Save and go on");
  house.expect((await page.locator("body").innerText()).includes("Saved. Here is the next one."), "translation", "does not go on");
  await house.look(`${draft}/languages/fr/question/judge-supplier-bank`, { name: "draft-translation-question" });
}

/** Whoever leaves with something unsaved is asked; whoever was signed out meanwhile signs in beside it and sends it again. */
async function losesNothing(house, draft) {
  for (const [form, label] of [["parts/lessons/02-every-channel.md", "Text"], ["languages/fr/objective/judge", "Text"]]) {
    const page = await house.visit(`${draft}/${form}`);
    const asked = [];
    const stays = async (dialog) => { asked.push(dialog.type()); await dialog.dismiss(); };
    page.on("dialog", stays);
    await typeInto(page, label, "What nobody has saved yet.");
    const left = await page.goto(`${house.base}/drafts`).then(() => true, () => false);
    house.expect(!left && asked.includes("beforeunload"), form, "is left without being asked");
    house.expect(await page.getByLabel(label, { exact: true }).inputValue() === "What nobody has saved yet.", form, "loses what was typed");
    page.off("dialog", stays);
  }
  const page = await house.visit(`${draft}/languages/fr/objective/judge`);
  await typeInto(page, "Text", "Juger un message.");
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await press(house, "Save and go on");
  await house.lookHere("draft-signed-out");
  house.expect((await page.locator("main").innerText()).includes("You have been signed out."), "form", "does not say that it was not saved");
  await page.context().addCookies(cookies);
  await page.reload();
  house.expect((await page.locator("body").innerText()).includes("Saved. Here is the next one."), "form", "is not saved when it is sent again");
}

/** Two windows on one part of a translation: the second sees what the first has saved. */
async function both(house, draft) {
  const form = `${draft}/languages/fr/title`;
  const page = await house.visit(form);
  const other = await page.context().newPage();
  await other.goto(house.base + form);
  await other.getByLabel("Summary").fill("Jugez-le à ce qu’il demande.");
  await Promise.all([other.waitForNavigation(), other.getByRole("button", { name: "Save and go on" }).click()]);
  await other.close();
  await typeInto(page, "Summary", "Regardez ce qu’il demande.");
  await byKeyboard(page, "Save and go on");
  await house.lookHere("draft-translation-changed");
  house.expect(await page.locator("#now-summary").inputValue() === "Jugez-le à ce qu’il demande.", form, "does not show what somebody else has saved");
  house.expect(await page.locator("#field-summary").inputValue() === "Regardez ce qu’il demande.", form, "does not show what was typed");
  await byKeyboard(page, "Save and go on");
}

/** The course is given out as a ZIP and handed in again; while its draft is open, that is refused beside the field. */
async function takesIn(house, draft, organisation) {
  const page = await house.visit("/drafts/new");
  const zip = join(organisation.folder, "course.zip");
  writeFileSync(zip, await (await page.request.get(`${house.base}${draft}/folder.zip`)).body());
  await page.setInputFiles("input[name=file]", zip);
  await press(house, "Begin with the ZIP");
  await house.lookHere("draft-zip-refused");
  house.expect((await page.locator("main").innerText()).includes("Somebody is changing B02 already."), "ZIP", "is not refused while a draft is open");
}

async function picture(house, draft, organisation) {
  const page = await house.visit(draft);
  const file = join(organisation.folder, "door.svg");
  writeFileSync(file, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M1 1h6v6H1z"/></svg>');
  await page.setInputFiles("#new-picture", file);
  await press(house, "Add the picture");
  house.expect((await page.locator("main").innerText()).includes("assets/door.svg"), "picture", "is not listed");
  await press(house, "Take out assets/door.svg");
  await page.getByLabel("What has changed, and why").fill("A sentence on telling us, and a plainer question.");
  await press(house, "Propose it");
  await house.lookHere("draft-proposed-own");
  house.expect(await page.getByRole("button", { name: "Publish it" }).count() === 0, "draft", "lets its writer publish it");
}

/** By the keyboard alone: look at what is new and publish it. */
async function reviews(house, draft) {
  const page = await house.visit(draft);
  await house.lookHere("draft-proposed");
  await byKeyboard(page, "Publish it");
  await house.lookHere("draft-published");
  house.expect((await page.locator("main").innerText()).includes("Edition 2"), "course", "has no second edition");
}
