// Directories: the form as it comes, the form with everything wrong, and a directory that does not answer. Not here: a real
// directory, which the stories read (crates/stories/tests/whole/directory.rs).
import assert from "node:assert/strict";
import test from "node:test";
import { Organisation, press } from "./start.mjs";

test("a directory is set, read, and does not answer", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lake Ltd", "--framework", "iso27001", "--owner-email", "ada@lake.example", "--owner-name", "Ada Lake");
  const { house } = await organisation.serve(t);
  await house.signIn(organisation.link("ada@lake.example", house));
  await house.look("/roster/directories", { name: "directories-none" });
  await house.look("/roster/directories/new", { name: "directory-new" });

  const page = await house.visit("/roster/directories/new");
  for (const [label, text] of [["Server", "ldaps://dc1"], ["Account that reads", "x"], ["Its password", "hunter2"], ["Below which entry", "dc=x"], ["Filter", "mail=*"]]) {
    await page.getByLabel(label, { exact: true }).fill(text);
  }
  await press(house, "Save");
  await house.lookHere("directory-wrong");
  house.expect(!(await page.content()).includes("hunter2"), "directory-wrong", "gives the password back");

  const long = "cn=developers-of-the-continuous-integration-and-delivery-platform,ou=groups,ou=engineering,dc=subsidiary,dc=lake,dc=example";
  await page.getByLabel("Server", { exact: true }).fill("127.0.0.1:1");
  await page.getByLabel("Its password", { exact: true }).fill("hunter2");
  await page.getByLabel("Account that reads", { exact: true }).fill(long);
  await page.getByLabel("Filter", { exact: true }).fill("(&(objectClass=person)(|(memberOf=cn=a,dc=x)(memberOf=cn=b,dc=x)))");
  await press(house, "Save");
  await press(house, "Read now");
  for (let tries = 0; tries < 50 && !(await page.locator("main").innerText()).includes("nothing listens there"); tries += 1) {
    await page.waitForTimeout(200);
    await page.reload();
  }
  await house.lookHere("directory-failed");
  house.expect((await page.locator("h1").innerText()).includes("could not be read"), "directory-failed", "does not say so");
  await house.look("/roster/directories", { name: "directories" });
  await house.look("/roster/directories/directory/settings", { name: "directory-settings" });
  assert.deepEqual(house.failures, []);
});
