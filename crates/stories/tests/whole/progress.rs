//! Where the programme stands: on time by cycle, overdue by age, up to date by department; every number opens its rows.

use stories::cast::{AUDE, CONNIE, LENA, MAX};
use stories::{Browser, World};

use crate::{pupil, roles};

#[test]
fn what_is_on_time_overdue_and_up_to_date_is_counted_and_named() {
    World::story(|w| {
        let mut ada = w.set_up();
        roles::gives(&mut ada, MAX, "manager");
        roles::gives(&mut ada, AUDE, "auditor");
        let mut lena = w.signs_in(LENA.email);
        pupil::completes(w, &mut lena, "B10", LENA.name);
        w.runs_jobs();
        w.at("2026-07-02");
        w.runs_jobs();
        let mut aude = w.signs_in(AUDE.email);
        aude.reads("/cycles");
        aude.page().must_say("were done on time");
        aude.reads("/cycles/B10/2026-q2?show=on-time");
        assert!(aude.page().row(LENA.name).is_some() && aude.page().row(CONNIE.name).is_none());
        aude.reads("/cycles/B10/2026-q2?show=overdue");
        assert!(aude.page().row(LENA.name).is_none() && aude.page().row(CONNIE.name).is_some());
        aude.page().must_say("As of 2 July 2026.");

        // B02 was due on 8 June for Lena: twenty-four days. Connie's were due on the 1st: thirty-one.
        aude.reads("/overdue?age=8");
        assert!(aude.page().row(LENA.name).is_some() && aude.page().row(CONNIE.name).is_none());
        aude.reads("/overdue?age=31&kind=contractor");
        assert!(aude.page().row(CONNIE.name).is_some() && aude.page().row(LENA.name).is_none());

        // Sales: Lena, Max and Connie are asked for B10, and Lena alone has done it.
        aude.reads("/coverage");
        let row = aude.page().row("Sales").expect("a row for each department");
        assert!(row.contains("1 of 3"), "{row}");
        aude.reads("/coverage/people?by=department&row=Sales&course=B10");
        aude.page().must_say("1 of 3 are up to date with B10: Sales.");
        aude.reads("/coverage?by=kind");
        assert!(aude.page().row("Contractor").is_some() || aude.page().says("ontractor"));

        numbers_across_courses(&mut aude);
        for path in ["/cycles/csv", "/overdue/csv", "/coverage/csv?by=title"] {
            aude.reads(path);
            let text = String::from_utf8_lossy(&aude.page().bytes).into_owned();
            assert!(text.lines().count() > 1, "{path}: {text}");
            assert!(
                !text.contains("Lena") && !text.contains("per_"),
                "{path} names somebody: {text}"
            );
        }
        let mut max = w.signs_in(MAX.email);
        for path in [
            "/cycles",
            "/cycles/B10/2026-q2",
            "/cycles/all/2026-q2",
            "/roster/completeness/sum?which=here",
            "/overdue",
            "/coverage",
            "/coverage/people?by=department&row=Sales&course=B10",
        ] {
            assert_eq!(max.opens(path).status, 403, "{path}");
        }
        for path in [
            "/cycles/B10/2026-q9",
            "/cycles/B99/2026-q2",
            "/cycles/B10/x",
            "/cycles/all/x",
            "/roster/completeness/sum",
            "/roster/completeness/sum?which=end&kind=robot",
        ] {
            assert_eq!(aude.opens(path).status, 404, "{path}");
        }
    });
}

/// Across courses and across kinds: Lena has done B10 and not B02, Connie nothing.
fn numbers_across_courses(aude: &mut Browser) {
    aude.reads("/cycles/all/2026-q2?show=on-time");
    let row = aude.page().row(LENA.name).expect("she did B10 on time");
    assert!(row.contains("B10"), "{row}");
    aude.reads("/cycles/all/2026-q2?show=overdue");
    let row = aude.page().row(LENA.name).expect("she has not done B02");
    assert!(row.contains("B02"), "{row}");
    aude.reads("/cycles/B10/2026-q2?show=done-by-2026-06-30");
    aude.page().must_say("Done by 30 June 2026");
    assert!(aude.page().row(LENA.name).is_some() && aude.page().row(CONNIE.name).is_none());
    aude.reads("/coverage/people?show=open");
    let row = aude.page().row(LENA.name).expect("B02 is open for her");
    assert!(row.contains("B02") && !row.contains("B10"), "{row}");
    aude.reads("/roster/completeness/sum?which=here");
    assert!(aude.page().row(LENA.name).is_some());
    aude.reads("/roster/completeness/sum?which=end&kind=contractor");
    assert!(aude.page().row(CONNIE.name).is_some() && aude.page().row(LENA.name).is_none());
}
