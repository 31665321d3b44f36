// An access list is reconciled in a real browser: brought in, looked at bucket by bucket, decided about, and brought in
// again until everything is in order. Every page of it is looked at, empty, in use and refused.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { FIXTURES, Organisation, beginsAtWhatIsWrong, follow, here, press } from "./start.mjs";

const LISTS = join(FIXTURES, "access");

test("reconcile an access list", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lindqvist GmbH", "--framework", "iso27001", "--zone", "Europe/Berlin", "--owner-email", "ada@cast.example", "--owner-name", "Ada Owner");
  organisation.muster("roster", "apply", join(FIXTURES, "personio.csv"), "--source", "hr");
  organisation.muster("roster", "apply", join(FIXTURES, "bamboohr.csv"), "--source", "contractors");
  const { house } = await organisation.serve(t);
  await house.signIn(organisation.link("ada@cast.example", house));
  await house.look("/access", { name: "access-empty" });
  await house.look("/access/without", { name: "access-without" });
  await refused(house);
  await brings(house, "github", "github.csv");
  await house.lookHere("access-system");
  await says(house, "4 of 7 accounts of github are not in order.");
  await house.look("/access");
  for (const bucket of ["a", "b", "in_order"]) await house.look(`/access/github/${bucket}`);
  await decides(house);
  await terms(house);
  await rest(house);
  assert.deepEqual(house.failures, []);
});

async function says(house, words) {
  const page = await house.page();
  const text = await page.locator("main").innerText();
  house.expect(text.includes(words), here(page), `does not say “${words}” but:\n${text}`);
}

async function brings(house, system, file) {
  const page = await house.visit("/access/lists/new");
  await page.getByLabel("System").fill(system);
  await page.locator("input[type=file]").setInputFiles(join(LISTS, file));
  await press(house, "Compare it with the roster");
}

/** What is sent wrongly comes back with what was typed, and begins at what is wrong. */
async function refused(house) {
  await house.look("/access/lists/new");
  const page = await house.visit("/access/lists/new");
  await page.getByLabel("System").fill("git/hub");
  await page.getByLabel("Or paste the rows here").fill("login,status\nada,sideways\n");
  await press(house, "Compare it with the roster");
  house.expect(await beginsAtWhatIsWrong(page), "access-list-refused", "does not begin at what is wrong");
  await house.lookHere("access-list-refused");
  await says(house, "Name the system in 1 to 40 letters");
  await page.getByLabel("System").fill("github");
  await press(house, "Compare it with the roster");
  await says(house, "“sideways” is not a status muster knows");
}

/** A robot gets an owner, a name becomes somebody's by somebody's word, and an account is left out for a while. */
async function decides(house) {
  let page = await house.visit("/access/github");
  await house.look(here(await follow(page, "lindqvist-deploy-bot")), { name: "access-account-service" });
  page = await house.visit(here(page));
  await page.evaluate(() => { for (const form of document.forms) form.noValidate = true; });
  await press(house, "Decide", page.locator("main"));
  house.expect(await beginsAtWhatIsWrong(page), "access-account-refused", "does not begin at what is wrong");
  await house.lookHere("access-account-refused");
  await page.getByLabel("Whose it is, or who answers for it").fill("juergen.oeztuerk@lindqvist.example");
  await page.getByLabel("Last day it holds").fill("2026-12-31");
  await page.locator("textarea[name=reason]").fill("It deploys the shop.");
  await press(house, "Decide", page.locator("main"));
  await says(house, "in order");
  await house.lookHere("access-account-decided");

  await house.visit("/access/github");
  await follow(page, "p-raman");
  await house.lookHere("access-account-candidates");
  await page.getByRole("link", { name: "It is Priya Raman" }).click();
  await page.waitForURL(/person=/);
  await page.locator("textarea[name=reason]").fill("She confirmed it in a call.");
  await press(house, "Decide", page.locator("main"));
  await says(house, "by somebody’s decision");
}

async function terms(house) {
  await house.look("/access/github/terms");
  const page = await house.visit("/access/github/terms");
  await page.getByLabel("Who answers for it").fill("ada@cast.example");
  await page.locator("select[name=layer]").selectOption("developer");
  await page.locator("input[name=days]").fill("900");
  await press(house, "Save", page.locator("main"));
  house.expect(await beginsAtWhatIsWrong(page), "access-terms-refused", "does not begin at what is wrong");
  await house.lookHere("access-terms-refused");
  await page.getByText("Before access begins").click();
  await press(house, "Save", page.locator("main"));
  await says(house, "Developer training before access");
  await house.lookHere("access-system-training");
}

/** The same without scripts, with another system; and the file of a bucket. */
async function rest(house) {
  await brings(house, "aws", "aws.csv");
  await says(house, "accounts of aws are not in order");
  await house.look("/access", { name: "access-systems" });
  const page = await house.visit("/access/aws/e");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download all (CSV)" }).click()]);
  assert.equal(download.suggestedFilename(), "access_aws_e.csv");
}
