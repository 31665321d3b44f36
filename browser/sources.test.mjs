// Several sources in a real browser: described, one row uncertain and decided about, a file held and approved by a second owner,
// a file taken back, completeness with a difference that is explained, and an identity provider that is connected.
// Not here: what follows from it (crates/stories/tests/whole), columns that nobody knows (main-job.test.mjs).
import assert from "node:assert/strict";
import test from "node:test";
import { Organisation, beginsAtWhatIsWrong, follow, here, press } from "./start.mjs";

const HEAD = "source_id,email,given_name,family_name,person_type,status,start_date,department\n";
const row = (n) => `${n},person${n}@lake.example,Person,Number${n},employee,active,2024-01-15,Sales\n`;
const list = (from, to) => HEAD + Array.from({ length: to - from }, (_, n) => row(from + n)).join("");

test("sources, rows that wait, a second owner, and a file taken back", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lake Ltd", "--framework", "iso27001", "--owner-email", "ada@lake.example", "--owner-name", "Ada Lake");
  const { house } = await organisation.serve(t);
  await house.signIn(organisation.link("ada@lake.example", house));
  await send(house, "hr", list(1, 31));
  await press(house, "Apply the file");
  await house.look("/roster/waiting", { name: "waiting-empty" });
  await house.look("/roster/ends", { name: "ends-empty" });
  await house.look("/roster/differences", { name: "differences-empty" });
  await describe(house);
  await uncertain(house);
  await complete(house);
  await secondOwner(house, organisation);
  await provider(house);
  assert.deepEqual(house.failures, []);
});

async function describe(house) {
  await house.look("/roster/sources", { name: "sources" });
  await house.look("/roster/sources/new", { name: "source-new" });
  const page = await house.visit("/roster/sources/new");
  await page.getByLabel("Name", { exact: true }).fill("SAP Fieldglass (UK)");
  await page.locator("select[name=kind]").selectOption("contractor_system");
  await page.getByLabel("Who answers for it").fill("Procurement");
  await page.getByLabel("Where it differs").fill("shoe size 3");
  await press(house, "Keep this source");
  house.expect(await beginsAtWhatIsWrong(page), "source", "does not begin at what is wrong");
  await house.lookHere("source-refused");
  await page.getByLabel("Where it differs").fill("department 5");
  await press(house, "Keep this source");
  await house.look(here(page), { name: "source" });
}

async function send(house, source, text) {
  const page = await house.visit("/roster/files/new");
  await page.locator("input[name=source]").fill(source);
  await page.locator("input[type=file]").setInputFiles({ name: `${source}.csv`, mimeType: "text/csv", buffer: Buffer.from(text) });
  await press(house, "Show what would change");
  return page;
}

/** Two rows have somebody's address: one is the same person, the other is not. */
async function uncertain(house) {
  const rows = "W-1,person1@lake.example,Person,Number1,contractor,active,2026-03-01,Legal\nW-2,person2@lake.example,Quentin,Else,contractor,active,2026-03-01,Legal\n";
  const page = await send(house, "SAP Fieldglass (UK)", HEAD + rows);
  await house.look(here(page), { name: "plan-waiting" });
  await press(house, "Apply the file");
  await house.look("/roster/sources", { name: "sources-to-decide" });
  await house.look("/roster/waiting", { name: "waiting" });
  await house.visit("/roster/waiting");
  await follow(page, "Person Number1");
  await house.look(here(page), { name: "waiting-row" });
  await page.getByLabel("The same person as Person Number1").check();
  await page.evaluate(() => { for (const form of document.forms) form.noValidate = true; });
  await press(house, "Decide");
  house.expect(await beginsAtWhatIsWrong(page), "decision", "does not begin at what is wrong");
  await house.lookHere("waiting-row-refused");
  await page.getByLabel("The same person as Person Number1").check();
  await page.getByLabel("How you know").fill("Her manager signed both contracts.");
  await press(house, "Decide");
  await house.visit("/people");
  await follow(page, "Person Number1");
  await house.look(here(page), { name: "person-two-sources" });
  house.expect((await page.locator("main").innerText()).includes("believed"), "person", "does not say what is believed");
}

async function complete(house) {
  await house.look("/roster/completeness", { name: "completeness" });
  const page = await house.visit("/roster/completeness");
  house.expect((await page.locator("h1").innerText()).includes("1 difference"), "completeness", await page.locator("h1").innerText());
  await house.look("/roster/differences", { name: "differences" });
  await house.visit("/roster/differences");
  await page.locator("select[name=difference]").selectOption({ label: "SAP Fieldglass (UK) W-2" });
  await page.getByLabel("Why they differ").fill("Quentin shares a mailbox with Person 2; the agency will send another address.");
  await press(house, "Explain");
  await house.lookHere("differences-explained");
  await house.visit("/roster/completeness");
  house.expect((await page.locator("h1").innerText()).includes("Everybody is accounted for"), "completeness", await page.locator("h1").innerText());
}

/** Half of the people would leave: who sent the file may not approve it. */
async function secondOwner(house, organisation) {
  let page = await house.visit("/roles");
  await page.locator("main [name=name]").fill("Olu Outside");
  await page.locator("main [name=email]").fill("olu@counsel.example");
  await page.locator("main [name=role]").selectOption("owner").catch(() => page.locator("main input[value=owner]").check());
  await press(house, "Give the role");
  page = await send(house, "hr", list(1, 16));
  const plan = here(page);
  await house.look(plan, { name: "plan-held-own" });
  house.expect((await page.getByRole("button", { name: "Approve this plan and apply the file" }).count()) === 0, "plan", "lets its sender approve it");
  await house.leave();
  await house.signIn(organisation.link("olu@counsel.example", house));
  await house.look("/roster/files", { name: "files-waiting" });
  page = await house.visit(plan);
  await house.look(plan, { name: "plan-held" });
  await page.getByLabel("Why this is right nevertheless").fill("The Leeds office has closed.");
  await press(house, "Approve this plan and apply the file");
  await follow(page, "hr.csv");
  const receipt = here(page);
  await house.look(receipt, { name: "receipt-of-a-file" });
  await page.evaluate(() => { for (const form of document.forms) form.noValidate = true; });
  await press(house, "Take this file back");
  house.expect(await beginsAtWhatIsWrong(page), "undo", "does not begin at what is wrong");
  await house.lookHere("undo-refused");
  await page.getByLabel("Why the file is taken back").fill("It was the list of one office.");
  await press(house, "Take this file back");
  await house.lookHere("files-taken-back");
  await house.look(receipt, { name: "receipt-taken-back" });
  await house.visit("/people");
  house.expect((await page.locator("h1").innerText()).startsWith("30 people"), "people", await page.locator("h1").innerText());
}

async function provider(house) {
  await house.look("/scim", { name: "scim-empty" });
  await house.look("/scim/connections/new", { name: "scim-new" });
  const page = await house.visit("/scim/connections/new");
  await page.locator("input[name=source]").fill("entra");
  await page.locator("input[value=entra]").check();
  await page.locator("input[name=newcomers]").first().check();
  await press(house, "Connect");
  await house.look(here(page), { name: "scim-connection" });
  await house.look("/scim", { name: "scim" });
}
