// Reminders: off, what they would do, switched on, what came of them; holidays, channels, calendars, and a person's own page.
// Not here: who is told what when (crates/assignments/src/reminder, crates/stories/tests/whole/reminder.rs).
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Organisation, follow, here, press } from "./start.mjs";

const PEOPLE = `source_id,full_name,email,person_type,start_date,manager_source_id
1,Ada Lake,ada@lake.example,employee,2024-01-15,
2,Mara Moss,mara@lake.example,employee,2026-05-20,1
3,Wilhelmine Gräfin von Hohenstein-Achterberg,wilhelmine@lake.example,employee,2026-05-20,2
4,Uma Usher,,vendor_staff,2026-05-01,2
`;
const HOLIDAYS = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261003\r\nSUMMARY:Unity\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

test("reminders, from switching them on to what came of them", async (t) => {
  const organisation = new Organisation();
  organisation.muster("init", "--org", "Lake Ltd", "--framework", "iso27001", "--owner-email", "ada@lake.example", "--owner-name", "Ada Lake");
  const people = join(organisation.folder, "people.csv");
  writeFileSync(people, PEOPLE);
  organisation.muster("roster", "apply", people, "--source", "hr");
  const { house, stop } = await organisation.serve(t);
  await house.signIn(organisation.link("ada@lake.example", house));
  await house.look("/reminders", { name: "reminders-none" });
  let page = await house.visit("/set-up");
  if (await page.getByRole("button", { name: "Use this programme" }).count()) await press(house, "Use this programme");
  await mail(house, join(organisation.folder, "letters"));
  await switchOn(house);
  await holidays(house);
  await channels(house);
  await calendars(house);
  assert.deepEqual(house.failures, []);

  // The engine looks when the program starts.
  await stop();
  const again = (await organisation.serve(t)).house;
  await again.signIn(organisation.link("ada@lake.example", again));
  page = await again.visit("/reminders");
  for (let tries = 0; tries < 50 && !(await page.locator("main").innerText()).includes("The relay said"); tries += 1) {
    await page.waitForTimeout(100);
    await page.reload();
  }
  await again.look("/reminders", { name: "reminders" });
  await again.look("/reminders?show=suppressed", { name: "reminders-held-back" });
  await again.leave();
  await again.signIn(organisation.link("wilhelmine@lake.example", again));
  await again.look("/my-reminders", { name: "my-reminders" });
  page = await again.visit("/my-reminders");
  await page.getByLabel("Your time zone").fill("Nowhere/At_All");
  await press(again, "Save");
  await again.lookHere("my-reminders-wrong");
  await again.look("/calendars", { name: "calendars-learner" });
  assert.deepEqual(again.failures, []);
});

async function mail(house, folder) {
  const page = await house.visit("/mail");
  await page.getByLabel("Mail relay").fill(`folder:${folder}`);
  await page.getByLabel("Letters come from").fill("training@lake.example");
  await press(house, "Save");
}

async function switchOn(house) {
  await house.look("/reminders/setting", { name: "reminder-setting" });
  const page = await house.visit("/reminders/setting");
  await page.getByLabel("Days before it is due").fill("soon");
  await press(house, "Show what it would do today");
  await house.lookHere("reminder-setting-wrong");
  await page.getByLabel("Days before it is due").fill("14, 7, 1");
  await page.getByLabel("Whom they can ask").fill("Ada Lake, ada@lake.example");
  await press(house, "Show what it would do today");
  house.expect((await page.locator("h1").innerText()).includes("would get a letter"), "reminder-setting", "does not say what it would do");
  await house.lookHere("reminder-setting-preview");
  await press(house, "Save it as it stands");
  house.expect(here(page) === "/reminders", "reminder-setting", `leads to ${here(page)}`);
}

async function holidays(house) {
  const page = await house.visit("/reminders/setting");
  await page.getByLabel("Country").fill("DE");
  await page.locator("input[type=file]").setInputFiles({ name: "holidays.ics", mimeType: "text/calendar", buffer: Buffer.from("nothing") });
  await press(house, "Import");
  await house.lookHere("holidays-wrong");
  await page.locator("input[type=file]").setInputFiles({ name: "holidays.ics", mimeType: "text/calendar", buffer: Buffer.from(HOLIDAYS) });
  await press(house, "Import");
  await house.lookHere("holidays");
}

async function channels(house) {
  const page = await house.visit("/reminders");
  await follow(page, "Channels");
  await house.lookHere("channels-none");
  await page.getByLabel("Name of the channel").fill("security-training");
  await page.getByLabel("Slack").check();
  await page.getByLabel("Address for incoming messages").fill("https://127.0.0.1/secret");
  await press(house, "Add the channel");
  await house.lookHere("channel-wrong");
  await page.getByLabel("Address for incoming messages").fill("https://hooks.lake.invalid/services/secret");
  await press(house, "Add the channel");
  await house.lookHere("channels");
  house.expect(!(await page.content()).includes("services/secret"), "channels", "shows the address again");
  await press(house, "End security-training");
}

async function calendars(house) {
  await house.look("/calendars", { name: "calendars" });
  const page = await house.visit("/calendars");
  await press(house, "Make an address for “How many people have what due on which day”");
  await house.lookHere("calendar-made");
  const address = await page.locator("main code").first().innerText();
  const answer = await page.request.get(new URL(new URL(address).pathname, house.base).href);
  house.expect(answer.status() === 200 && (await answer.text()).startsWith("BEGIN:VCALENDAR"), "calendar", "cannot be read");
  await press(house, "End this address");
  const gone = await page.request.get(new URL(new URL(address).pathname, house.base).href);
  house.expect(gone.status() === 404, "calendar", "can be read after it has ended");
}
