// A manager's and an owner's work with the keyboard alone: Tab, Shift+Tab, Enter, Space and the arrows, every stop in sight,
// no stop that holds the focus, and the same stops on the way back. Not here: setting up, learning, packs (keyboard.test.mjs).
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { FIXTURES, Organisation, around, atTheProblem, byKeyboard, byMenu, enter, here, said, signOut, skip, tabTo, tabToField, typeDate, typeInto } from "./start.mjs";

const PEOPLE = `source_id,email,full_name,person_type,start_date,manager_source_id
1,max@lake.example,Max Manager,employee,2020-01-01,
2,lena@lake.example,Lena Learner,employee,2024-01-01,1
3,sam@lake.example,Sam Starter,employee,2026-05-25,2
4,ed@lake.example,Ed Editor,employee,2024-01-01,
`;
/** Max is somebody's name and address, and Lena's address is somebody else's. */
const AGENCY = `source_id,email,full_name,person_type,start_date
W-1,lena@lake.example,Quentin Else,contractor,2026-03-01
W-2,uma@lake.example,Uma Usher,contractor,2026-05-20
`;

/** An organisation with people in it, an owner and a manager, at the door. */
async function lake(t) {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lake Ltd", "--framework", "iso27001", "--owner-email", "ada@lake.example", "--owner-name", "Ada Lake");
  roster(organisation, "hr", PEOPLE);
  const { house } = await organisation.serve(t);
  return { organisation, house, page: await house.page() };
}

function roster(organisation, source, text) {
  const list = join(organisation.folder, `${source}.csv`);
  writeFileSync(list, text);
  organisation.muster("roster", "apply", list, "--source", source);
}

test("a manager with the keyboard alone: the team, a nudge, somebody to look after them", async (t) => {
  const { organisation, house, page } = await lake(t);
  await enter(house, page, organisation.link("ada@lake.example", house));
  await byMenu(page, "Settings", "Roles");
  for (const [label, text] of [["Name", "Max Manager"], ["E-mail address", "max@lake.example"]]) await typeInto(page, label, text);
  await tabToField(page, "Owner");
  for (let times = 0; times < 2; times += 1) await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("input[name=role]:checked").getAttribute("value"), "manager");
  await byKeyboard(page, "Give the role");
  await signOut(page);

  await enter(house, page, organisation.link("max@lake.example", house));
  await byKeyboard(page, "My team");
  await skip(page);
  assert.ok(await around(page) > 8, "a team has fewer stops than people");
  await byKeyboard(page, "Lena Learner");
  await around(page);
  await byKeyboard(page, "Nudge Lena Learner");
  await said(page, "A letter to Lena Learner is on its way");
  await around(page);
  await byKeyboard(page, "Let somebody look after my team");
  await typeInto(page, "Their e-mail address", "nobody@lake.example");
  await typeDate(page, "Last day", "2026-06-30");
  await byKeyboard(page, "Let them look after my team");
  await atTheProblem(page, "email");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("ed@lake.example");
  await byKeyboard(page, "Let them look after my team");
  await said(page, "They look after your team until 30 June 2026");
  await around(page);
  await byKeyboard(page, "Take back");
  await said(page, "Your team is yours alone again");
  await skip(page);
  await byKeyboard(page, "My team");
  assert.equal(here(page), "/team");
  await signOut(page);
  assert.deepEqual(house.failures, []);
});

test("an owner with the keyboard alone: the programme, a waiver, reminders, and a finding down to its rows", async (t) => {
  const { organisation, house, page } = await lake(t);
  await enter(house, page, organisation.link("ada@lake.example", house));
  await folds(page);
  await audience(page);
  await rule(page);
  await waiver(page);
  await reminders(page);
  await finding(page);
  await signOut(page);
  assert.deepEqual(house.failures, []);
});

test("an owner with the keyboard alone: rows that wait, an access list, a new token, and ends to review", async (t) => {
  const { organisation, house, page } = await lake(t);
  roster(organisation, "agency", AGENCY);
  await enter(house, page, organisation.link("ada@lake.example", house));
  await waiting(house, page);
  await access(house, page);
  const secret = await token(house, page);
  const ids = [];
  for (const user of USERS) ids.push((await provider(house, secret, "POST", "/Users", user)).id);
  await signOut(page);
  assert.deepEqual(house.failures, []);

  organisation.at("2026-06-02");
  const later = (await organisation.serve(t)).house;
  for (const [n, id] of ids.entries()) await provider(later, secret, "PUT", `/Users/${id}`, { ...USERS[n], id, active: false });
  const next = await later.page();
  await enter(later, next, organisation.link("ada@lake.example", later));
  await ends(later, next);
  await endToken(next);
  await signOut(next);
  assert.deepEqual(later.failures, []);
});

/** The menu folds and unfolds by Enter and by Space, and what is folded away is no stop. */
async function folds(page) {
  await skip(page);
  const folded = await around(page);
  await tabTo(page, (element) => element.matches("nav summary") && element.textContent === "Evidence");
  await page.keyboard.press("Space");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Frameworks");
  await page.keyboard.press("Shift+Tab");
  const open = await around(page);
  assert.equal(open - folded, 4, "an open group adds its entries as stops");
  await tabTo(page, (element) => element.matches("nav summary") && element.textContent === "Evidence");
  await page.keyboard.press("Enter");
  assert.equal(await around(page), folded);
  await byMenu(page, "Evidence", "Ledger");
  assert.equal(await page.locator("nav [aria-current]").innerText(), "Ledger");
  assert.ok(await page.locator("nav [aria-current]").isVisible(), "where one is is folded away");
}

async function audience(page) {
  await byMenu(page, "Programme", "Rules");
  await byKeyboard(page, "Audiences");
  await byKeyboard(page, "Add an audience");
  await around(page);
  await typeInto(page, "Name", "People of the lake");
  await typeInto(page, "Who", "kind is");
  await byKeyboard(page, "Look at who is in it");
  await atTheProblem(page, "said");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("kind is employee");
  await byKeyboard(page, "Look at who is in it");
  assert.match(await page.locator("main").innerText(), /4 of 4 people/);
  await around(page);
  await byKeyboard(page, "Save this audience");
  await around(page);
}

async function rule(page) {
  await byMenu(page, "Programme", "Rules");
  await byKeyboard(page, "Add a rule");
  await typeInto(page, "Name of the rule", "The lake: phishing");
  await tabToField(page, "Course");
  await page.keyboard.press("ArrowDown");
  await tabToField(page, "Everyone");
  for (let times = 0; times < 3; times += 1) await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("input[name=audience]:checked").getAttribute("value"), "named");
  await tabToField(page, "Named audience");
  await page.keyboard.press("ArrowDown");
  await byKeyboard(page, "Look at who is in it");
  assert.match(await page.locator("main").innerText(), /of 4 people/);
  await around(page);
  await byKeyboard(page, "Save this rule");
  await said(page, "The rule is set");
}

async function waiver(page) {
  await byMenu(page, "People", "People");
  await byKeyboard(page, "Lena Learner");
  await around(page);
  await byKeyboard(page, "Grant a waiver");
  await tabToField(page, "Course");
  await page.keyboard.press("ArrowDown");
  await typeInto(page, "Why it need not be done for now", "At sea.");
  await typeInto(page, "What is done in its place", "No access while away.");
  await typeDate(page, "Last day it is waived", "2026-06-20");
  await byKeyboard(page, "Grant the waiver");
  await around(page);
  await byMenu(page, "Programme", "Assignments");
  await around(page);
}

async function reminders(page) {
  await byMenu(page, "Programme", "Reminders");
  await byKeyboard(page, "How people are reminded");
  await around(page);
  await typeInto(page, "Days before it is due", "soon");
  await byKeyboard(page, "Show what it would do today");
  await atTheProblem(page, "before");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("14, 7, 1");
  await byKeyboard(page, "Show what it would do today");
  assert.match(await page.locator("h1").innerText(), /would get a letter/);
  await around(page);
  await byKeyboard(page, "Save it as it stands");
  assert.equal(here(page), "/reminders");
}

/** From the frameworks to one check and the people in it. */
async function finding(page) {
  await byMenu(page, "Evidence", "Frameworks");
  await tabTo(page, (element) => element.matches("main table a") && /27001/.test(element.textContent));
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await skip(page);
  await around(page);
  await tabTo(page, (element) => element.matches("main table a") && /^A\.6\.3/.test(element.textContent));
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await around(page);
  await byKeyboard(page, "See who and when");
  assert.match(here(page), /\/checks\/\d/);
  await around(page);
  await tabTo(page, (element) => element.matches("main table a[href^='/people/']"));
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.match(here(page), /^\/people\//);
  await around(page);
}

/** A row of another source could be Lena: two are told apart side by side, and somebody decides. */
async function waiting(house, page) {
  await byMenu(page, "Roster", "Sources");
  await around(page);
  await tabTo(page, (element) => element.matches("main a[href='/roster/waiting']"));
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await around(page);
  await byKeyboard(page, "Quentin Else");
  await around(page);
  await house.lookHere("keyboard-waiting-row");
  await tabToField(page, "The same person as Lena Learner");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("input[name=person]:checked").getAttribute("value"), "nobody");
  await typeInto(page, "How you know", "They share a mailbox.");
  await byKeyboard(page, "Decide");
  assert.equal(here(page), "/roster/waiting");
  await around(page);
}

async function access(house, page) {
  await byMenu(page, "People", "Access");
  await byKeyboard(page, "Bring a list in");
  await around(page);
  await typeInto(page, "System", "git/hub");
  await typeInto(page, "Or paste the rows here", readFileSync(join(FIXTURES, "access/github.csv"), "utf8"));
  await typeDate(page, "The day it was exported", "2026-06-01");
  await byKeyboard(page, "Compare it with the roster");
  await atTheProblem(page, "system");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("github");
  await byKeyboard(page, "Compare it with the roster");
  await around(page);
  await house.lookHere("keyboard-access-system");
  await byKeyboard(page, "lindqvist-deploy-bot");
  await around(page);
  await tabToField(page, "A service account");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.locator("input[name=what]:checked").getAttribute("value"), "service");
  await typeInto(page, "Whose it is", "ed@lake.example");
  await typeDate(page, "Last day it holds", "2026-12-31");
  await typeInto(page, "Why", "It deploys the shop.");
  await byKeyboard(page, "Decide");
  await page.getByRole("status").first().waitFor();
  await around(page);
}

/** The secret of a token is shown on one page, once; everything on it can be reached, and it is gone afterwards. */
async function token(house, page) {
  await byMenu(page, "Roster", "SCIM");
  await byKeyboard(page, "Connect an identity provider");
  await around(page);
  await typeInto(page, "Name", "entra");
  await tabToField(page, "Waits until an owner has looked");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.locator("input[name=newcomers]:checked").getAttribute("value"), "join");
  await byKeyboard(page, "Connect");
  await said(page, "Make a token next");
  await around(page);
  await byKeyboard(page, "Make a token");
  assert.match(await page.locator("h1").innerText(), /^Copy the token now/);
  const secret = await page.locator("main p.mono").first().innerText();
  assert.ok(secret.length > 20, `“${secret}” is no token`);
  await skip(page);
  await around(page);
  await house.lookHere("scim-token-shown-once");
  await byMenu(page, "Roster", "SCIM");
  await byKeyboard(page, "entra");
  assert.ok(!(await page.content()).includes(secret), "the token is shown again");
  return secret;
}

/** Eight people as an identity provider knows them. */
const USERS = Array.from({ length: 8 }, (_, n) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName: `p${n}@lake.example`,
  externalId: `e-${n}`,
  name: { givenName: "Person", familyName: `Number${n}` },
  active: true,
}));

/** Asks as the provider does, and gives the answer. */
async function provider(house, secret, method, path, data) {
  const page = await house.page();
  const headers = { authorization: `Bearer ${secret}`, "content-type": "application/scim+json" };
  const answer = await page.request.fetch(new URL(`/scim/v2${path}`, house.base).href, { method, headers, data: JSON.stringify(data) });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

/** The provider ended more people within a day than is believed: whether they are still here is for an owner to say. */
async function ends(house, page) {
  await byMenu(page, "Roster", "Sources");
  await tabTo(page, (element) => element.matches("main a[href='/roster/ends']"));
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await around(page);
  await house.lookHere("keyboard-ends");
  await tabToField(page, "They have left");
  await page.keyboard.press("Space");
  await typeInto(page, "How you know", "The project is over.");
  await byKeyboard(page, "Settle these ends");
  await atTheProblem(page, "end");
  await house.lookHere("keyboard-ends-refused");
  await tabToField(page, "Person Number");
  await page.keyboard.press("Space");
  await byKeyboard(page, "Settle these ends");
  await said(page, "1 end is settled");
  await around(page);
}

async function endToken(page) {
  await byMenu(page, "Roster", "SCIM");
  await byKeyboard(page, "entra");
  page.once("dialog", (dialog) => dialog.accept());
  await byKeyboard(page, "End");
  await said(page, "The token has ended");
  await around(page);
}
