// The pages of figures and of teams: how the questions of a course do, what is on time, overdue and up to date, with months
// of a company behind them; and a manager with their people. Not here: the same pages while they are empty of people.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Organisation, beginsAtWhatIsWrong, follow, here, press } from "./start.mjs";

const OWNER = "marta.halden@halden.example";

test("how questions do, and where the programme stands", async (t) => {
  const organisation = new Organisation();
  organisation.muster("demo", "--no-serve", "--data", "muster-data");
  const { house } = await organisation.serve(t);
  await house.signIn(organisation.link(OWNER, house));
  await house.visit("/courses/B02");
  const analysis = here(await follow(await house.page(), "How the questions do"));
  await house.look(analysis, { name: "item-analysis" });
  await says(house, "first and");
  const page = await house.visit(analysis);
  await page.locator("main table a").first().click();
  await page.waitForURL(/\/questions\//);
  await house.lookHere("item-analysis-question");
  await house.look(`${analysis}?from=2026-06-02&to=2026-06-01`, { name: "item-analysis-refused" });
  await says(house, "Give both days");

  await house.look("/cycles", { name: "cycles" });
  await page.locator("main table a:visible").first().click();
  await page.waitForURL(/\/cycles\/[A-Z]/);
  await house.lookHere("cycle");
  await house.visit("/cycles");
  await house.look(here(await follow(page, "See each of them")), { name: "quarter", brief: true });
  await house.look("/overdue", { name: "overdue" });
  await house.look("/overdue?age=1&kind=employee", { name: "overdue-some" });
  await house.look("/coverage", { name: "coverage-map" });
  await page.locator("main table a.heat").first().click();
  await page.waitForURL(/\/coverage\/people/);
  await house.lookHere("coverage-people");
  await house.look("/coverage/people?show=open", { name: "coverage-open" });
  await house.visit("/roster/completeness");
  await page.locator("main td.num a[href*='which=joined']").first().click();
  await page.waitForURL(/completeness\/sum/);
  await house.lookHere("completeness-sum");
  // Where numbers became links.
  for (const [path, name] of [["/", "today-numbers"], ["/frameworks/iso27001", "framework-numbers"], ["/roster/completeness", "completeness-numbers"], ["/assignments", "assignments-numbers"]]) {
    await house.look(path, { name, brief: true });
  }
  assert.deepEqual(house.failures, []);
});

test("a manager and their people", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lake Ltd", "--framework", "iso27001", "--owner-email", "ada@lake.example", "--owner-name", "Ada Lake");
  const list = join(organisation.folder, "people.csv");
  writeFileSync(list, `source_id,email,given_name,family_name,person_type,start_date,manager_source_id
1,max@lake.example,Max,Manager,employee,2020-01-01,
2,lena@lake.example,Lena,Learner,employee,2024-01-01,1
3,sam@lake.example,Sam,Starter,employee,2026-05-25,2
4,ed@lake.example,Ed,Editor,employee,2024-01-01,
`);
  organisation.muster("roster", "apply", list, "--source", "hr");
  const { house } = await organisation.serve(t);
  await house.signIn(organisation.link("ada@lake.example", house));
  let page = await house.visit("/roles");
  for (const [name, value] of [["name", "Max Manager"], ["email", "max@lake.example"]]) await page.locator(`input[name=${name}]`).fill(value);
  await page.locator("input[name=role][value=manager]").check();
  await press(house, "Give the role");
  await house.leave();
  await house.signIn(organisation.link("max@lake.example", house));
  await house.look("/team", { name: "team" });
  page = await house.visit("/team");
  await follow(page, "Lena Learner");
  await house.lookHere("team-member");
  await page.getByRole("button", { name: "Nudge Lena Learner" }).click();
  await page.waitForURL(/\/team$/);
  await says(house, "A letter to Lena Learner is on its way");
  await house.lookHere("team-nudged");
  await house.look("/team/delegations", { name: "team-delegations" });
  page = await house.visit("/team/delegations");
  await page.evaluate(() => { for (const form of document.forms) form.noValidate = true; });
  await press(house, "Let them look after my team");
  house.expect(await beginsAtWhatIsWrong(page), "team-delegation-refused", "does not begin at what is wrong");
  await page.getByLabel("Their e-mail address").fill("ed@lake.example");
  await page.locator("input[name=until]").fill("2026-06-30");
  await press(house, "Let them look after my team");
  await house.lookHere("team-delegated");
  assert.deepEqual(house.failures, []);
});

async function says(house, words) {
  const page = await house.page();
  const text = await page.locator("main").innerText();
  house.expect(text.includes(words), here(page), `does not say “${words}” but:\n${text}`);
}
