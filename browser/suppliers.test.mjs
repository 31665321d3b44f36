// Suppliers: a register with a missing employer, a form with everything wrong, a supplier, training done elsewhere that is
// accepted and ended. Not here: what it counts for (crates/stories/tests/whole/supplier.rs).
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Organisation, follow, here, press } from "./start.mjs";

const LONG = "Vereinigte Gebäudereinigungsdienstleistungsgesellschaft mbH & Co. KG";

test("suppliers and training done elsewhere", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lake Ltd", "--framework", "iso27001", "--owner-email", "ada@lake.example", "--owner-name", "Ada Lake");
  const people = join(organisation.folder, "people.csv");
  writeFileSync(people, `source_id,full_name,email,person_type,start_date,employer_or_vendor\n1,Mara Moss,mara@lake.example,employee,2024-01-15,\n2,Uma Usher,,vendor_staff,2026-05-01,Agency GmbH\n3,Vic Voss,,contractor,2026-05-01,${LONG}\n`);
  organisation.muster("roster", "apply", people, "--source", "hr");
  const { house } = await organisation.serve(t);
  await house.signIn(organisation.link("ada@lake.example", house));
  await house.look("/suppliers", { name: "suppliers-missing" });
  const page = await house.visit("/suppliers");
  await follow(page, /^Register$/);
  await house.lookHere("supplier-new");
  await page.locator("input[value=out]").check();
  await page.getByLabel("What its people touch", { exact: true }).fill("Build servers, source code, and what is on the desks of everybody who works there.");
  await press(house, "Save");
  await house.lookHere("supplier-wrong");
  await page.locator("input[value=own]").check();
  await page.getByLabel("Who answers for it inside").fill("mara@lake.example");
  await page.getByLabel("Last day of the contract").fill("2026-05-01");
  await press(house, "Save");
  await house.lookHere("supplier");
  house.expect((await page.locator("main").innerText()).includes("still here"), "supplier", "does not say that its people are still here");
  const supplier = here(page);

  await follow(page, "Accept training done elsewhere");
  await house.lookHere("acceptance-new");
  await page.getByLabel("Where the document is").fill("https://documents.lake.example/contracts/2026/112/annex-7/certificate-of-training.pdf");
  await page.locator("input[type=file]").setInputFiles({ name: "certificate.pdf", mimeType: "application/pdf", buffer: Buffer.from("a certificate") });
  await page.locator("input[name=courses]").first().check();
  await page.getByLabel("The day the training was done").fill("2026-05-20");
  await page.getByLabel("The last day it counts").fill("2026-05-10");
  await page.getByLabel("What you looked at, and why it is enough").fill("The same topics, with a test of twenty questions.");
  await press(house, "Accept it");
  await house.lookHere("acceptance-wrong");
  await page.getByLabel("The last day it counts").fill("2026-06-20");
  await press(house, "Accept it");
  await house.lookHere("acceptance");
  house.expect((await page.locator("h1").innerText()).includes("counts until 20 June 2026"), "acceptance", "does not say until when it counts");
  await house.look("/acceptances", { name: "acceptances" });
  await house.look(supplier, { name: "supplier-covered" });
  await house.look("/suppliers", { name: "suppliers" });
  assert.deepEqual(house.failures, []);
});
