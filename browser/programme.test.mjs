// The programme: audiences with names, rules and whom they touch, the default programme, equivalent courses, waivers,
// training sent in by the person, live sessions. Not here: what follows (crates/stories/tests/whole/programme.rs).
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Organisation, follow, press } from "./start.mjs";

const LONG = "Vereinigte Gebäudereinigungsdienstleistungen";

test("the programme, from an audience to what counts", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lake Ltd", "--framework", "iso27001", "--owner-email", "ada@lake.example", "--owner-name", "Ada Lake");
  const people = join(organisation.folder, "people.csv");
  writeFileSync(people, `source_id,full_name,email,person_type,start_date,department\n1,Ada Lake,ada@lake.example,employee,2024-01-15,Security\n2,Uma Usher,uma@lake.example,contractor,2026-05-01,${LONG}\n`);
  organisation.muster("roster", "apply", people, "--source", "hr");
  organisation.muster("assign");
  const { house } = await organisation.serve(t);
  await house.signIn(organisation.link("ada@lake.example", house));
  await audiences(house);
  await rules(house);
  await waivers(house);
  await sessions(house);
  await sentIn(house, organisation);
  assert.deepEqual(house.failures, []);
});

async function audiences(house) {
  await house.look("/programme/audiences", { name: "audiences-none" });
  const page = await house.visit("/programme/audiences/new");
  await house.lookHere("audience-new");
  await page.getByLabel("Name", { exact: true }).fill("Cleaners");
  await page.getByLabel("Who", { exact: true }).fill("kind is");
  await press(house, "Look at who is in it");
  await house.lookHere("audience-wrong");
  await page.getByLabel("Who", { exact: true }).fill(`department is "${LONG}" or tag is cleaner`);
  await press(house, "Look at who is in it");
  house.expect((await page.locator("main").innerText()).includes("1 of 2 people"), "audience", "does not say who is in it");
  await house.lookHere("audience-preview");
  await press(house, "Save this audience");
  await house.lookHere("audience");
  await house.look("/programme/audiences", { name: "audiences" });
}

async function rules(house) {
  const page = await house.visit("/programme/rules/new");
  await page.getByLabel("Name of the rule").fill("After the incident");
  await page.locator("select[name=course]").selectOption("D05");
  await page.getByText("As written below").click();
  await page.getByRole("textbox", { name: /^Written/ }).fill("kind is contractor and not tag is trained");
  await page.getByText("Because something happened").click();
  await page.getByLabel("Days to complete it the first time").fill("14");
  await page.getByLabel("Repeat after how many days").fill("");
  await page.locator("[name=why]").fill("A phishing mail got through on 28 May.");
  await press(house, "Look at who is in it");
  house.expect((await page.locator("main").innerText()).includes("owed newly"), "rule", "does not say whom it touches");
  await house.lookHere("rule-touches");
  await press(house, "Save this rule");
  await house.lookHere("rules");
  await follow(page, /^End$/);
  await house.lookHere("rule-end");
  await house.look("/programme/default", { name: "default-programme" });
  await house.visit("/programme/equivalences");
  await page.locator("select[name=course]").selectOption("D05");
  await page.locator("select[name=counts_for]").selectOption("B02");
  await page.locator("[name=reason]").fill("It covers the same objectives and more.");
  await press(house, "Decide it");
  await house.look("/programme/equivalences", { name: "equivalences" });
}

async function waivers(house) {
  const page = await house.visit("/people");
  await follow(page, "Uma Usher");
  await follow(page, "Grant a waiver");
  await page.locator("select[name=course]").selectOption("B02");
  await page.getByLabel("Why it need not be done for now").fill("At sea.");
  await page.getByLabel("What is done in its place").fill("No access while away.");
  await page.getByLabel("Last day it is waived").fill("2026-06-20");
  await press(house, "Grant the waiver");
  await house.look("/waivers", { name: "waivers" });
  await follow(await house.visit("/waivers"), /^End$/);
  await house.lookHere("waiver-end");
}

async function sessions(house) {
  await house.look("/live-sessions", { name: "sessions-none" });
  const page = await house.visit("/live-sessions/new");
  await house.lookHere("session-new");
  await page.locator("select[name=course]").selectOption("B10");
  await page.getByLabel("Where").fill("Room 4");
  await page.getByLabel("Minutes").fill("30");
  await page.getByLabel("Who teaches").fill("Tove Trainer");
  await page.getByLabel("What is taught").fill("Whom to call, and when.");
  await press(house, "Put it down");
  await page.getByLabel("People who were invited or came").fill("uma@lake.example");
  await press(house, "Show the list");
  await house.lookHere("session-sign");
  await page.locator("input[name=attended]").check();
  await page.locator("input[name=understood]").check();
  await page.locator("input[name=checked][value=questions]").check();
  await page.getByLabel("In your own words").fill("Each was asked whom to call.");
  await page.getByLabel("Your name").fill("Somebody Else");
  await press(house, "Sign for this session");
  await house.lookHere("session-wrong");
  await page.getByLabel("Your name").fill("Ada Lake");
  await press(house, "Sign for this session");
  await house.lookHere("session");
  await house.look("/live-sessions", { name: "sessions" });
}

async function sentIn(house, organisation) {
  await house.leave();
  await house.signIn(organisation.link("uma@lake.example", house));
  await house.look("/my-training/outside", { name: "outside-none" });
  const page = await house.visit("/my-training/outside");
  await page.locator("select[name=course]").selectOption("D05");
  await page.getByLabel("The day you did it").fill("2026-05-20");
  await page.getByLabel("Who gave the training").fill("Academy");
  await page.locator("input[type=file]").setInputFiles({ name: "certificate.pdf", mimeType: "application/pdf", buffer: Buffer.from("not a certificate") });
  await press(house, "Send it in");
  await house.lookHere("outside-wrong");
  await page.locator("input[type=file]").setInputFiles({ name: "certificate.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 a certificate") });
  await press(house, "Send it in");
  await house.lookHere("outside-sent");
  await house.leave();
  await house.signIn(organisation.link("ada@lake.example", house));
  await house.look("/outside-training", { name: "sent-in" });
  const list = await house.visit("/outside-training");
  await Promise.all([list.waitForNavigation(), list.locator("a[href^='/outside-training/']").first().click()]);
  await house.lookHere("sent-in-review");
  house.expect((await list.locator("main").innerText()).includes("Uma Usher"), "sent-in", "does not say whose it is");
}
