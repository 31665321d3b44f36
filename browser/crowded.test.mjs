// Thousands of people, and names that no designer thought of: the lists stay readable, say how much of them is shown,
// and lead on to the rest. Not here: the same pages with a few people in them (main-job.test.mjs).
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Organisation, follow, here, press } from "./start.mjs";

const PEOPLE = 5_000;
const LONG = "Group Information Security, Business Continuity and Resilience Management";
/** Long, unbroken, right to left, without spaces, and as short as names are. */
const ODD = [
  ["Maximiliane Wilhelmine von und zu Hohenberg-Württemberg-Schwarzenfels", "maximiliane.wilhelmine.vonundzuhohenberg-schwarzenfels@subsidiary-with-a-long-name.example"],
  ["Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz Donau", "donau@crowd.example"],
  ["أحمد بن عبد الله الخوارزمي", "ahmad@crowd.example"],
  ["山田太郎左衛門尉源朝臣義経千代松丸太郎左衛門尉源朝臣義経千代松丸", "yamada@crowd.example"],
  ["U", "u@crowd.example"],
];

test("lists of thousands, and long names", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Vereinigte Internationale Sicherheitsdienstleistungsgesellschaft mbH & Co. KGaA", "--framework", "iso27001", "--owner-email", "ada@cast.example", "--owner-name", ODD[0][0]);
  roster(organisation);
  const { house } = await organisation.serve(t);
  await house.signIn(organisation.link("ada@cast.example", house));
  let page = await house.page();
  for (const [path, shown] of [
    ["/people?page=50", "100 of 5,000 people"], ["/assignments?show=in_time", "200 of"], ["/coverage/uncovered", "200 of 2,"],
    [`/people?department=${encodeURIComponent(LONG)}`, "5 of 5 people"],
  ]) {
    await house.look(path, { name: `crowded-${path.replace(/\W+/g, "-").slice(1, 40)}`, brief: true });
    house.expect((await page.locator("main").innerText()).includes(shown), path, `does not say “${shown}”`);
  }
  await house.look("/", { name: "crowded-today", brief: true });
  house.expect((await page.locator("main").innerText()).includes("One mark stands for 3 of them."), "/", "does not say what a mark is");
  await house.visit("/people?q=hohenberg");
  await house.look(here(await follow(page, "Maximiliane")), { name: "crowded-person", brief: true });
  await house.look("/frameworks/iso27001/requirements/A.6.3/checks/2", { name: "crowded-check", brief: true });

  page = await house.visit("/roster/files/new");
  await page.locator("input[type=file]").setInputFiles({ name: "leavers.csv", mimeType: "text/csv", buffer: Buffer.from(csv(PEOPLE / 2)) });
  await press(house, "Show what would change");
  await house.lookHere("crowded-plan", { brief: true });
  house.expect((await page.locator("main").innerText()).includes("of 2,500 people"), "plan", "does not count who would leave");
  assert.deepEqual(house.failures, []);
});

function csv(count) {
  const rows = Array.from({ length: count }, (_, n) => {
    const [name, email] = ODD[n] ?? [`Person ${n}`, `p${n}@crowd.example`];
    const [department, title] = n < ODD.length ? [LONG, `Principal Engineer, ${LONG}`] : [`Department ${n % 40}`, "Clerk"];
    return `${n},"${name}",employee,2024-0${1 + (n % 9)}-15,${email},"${department}","${title}"\n`;
  });
  return `source_id,name,person_type,start_date,email,department,job_title\n${rows.join("")}`;
}

/** Half of them have done both courses that everybody owes. */
function roster(organisation) {
  const [people, history] = [join(organisation.folder, "people.csv"), join(organisation.folder, "history.csv")];
  writeFileSync(people, csv(PEOPLE));
  organisation.muster("roster", "apply", people, "--source", "hr");
  const done = Array.from({ length: PEOPLE / 2 }, (_, n) => ["B02", "B10"].map((course) => `p${n + ODD.length}@crowd.example,${course},2026-03-1${n % 10},90,yes,\n`).join(""));
  writeFileSync(history, `email,course,completed_on,score,passed,evidence_url\n${done.join("")}`);
  organisation.muster("import", "completions", history, "--source", "oldlms");
}
