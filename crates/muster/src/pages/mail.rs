//! Where letters go, and how many wait.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use db::{Actor, Db, Zone};
use ledger::{Act, Entry};
use mail::{Letter, Relay, Setting, letter, letter::Failure, setting};
use maud::{Markup, html};
use web::{
    Answer, Column, Filled, Form, Opening, Place, Problems, Screen, Table, act, button, facts, panel,
    see_other_saying, visitor::Owner,
};

/// `/mail`
pub fn routes() -> Router<Db> {
    Router::new()
        .route("/mail", get(show).post(set))
        .route("/mail/test-letter", axum::routing::post(test))
}

async fn show(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let current = db.read(setting::current).await?;
    let filled = Filled::nothing()
        .with("relay", current.relay.to_string())
        .with("sender", &current.sender)
        .with("sender_name", sender_name(&current, &place.organisation));
    page(&place, &db, &filled, &Problems::none()).await?.answer()
}

async fn page(place: &Place, db: &Db, filled: &Filled, problems: &Problems) -> Result<Screen, web::Error> {
    let (current, waiting, failures, zone) = db
        .read(|r| {
            let waiting = letter::waiting_count(r)?;
            Ok((setting::current(r)?, waiting, letter::failures(r)?, r.zone()?))
        })
        .await?;
    let form = Form::new(filled, problems);
    let off = current.relay == Relay::Off;
    let finding = match (off, waiting) {
        (true, 0) => "Mail is off.".to_owned(),
        (true, 1) => "Mail is off, and one letter is waiting.".to_owned(),
        (true, n) => format!("Mail is off, and {n} letters are waiting."),
        (false, 0) => "Mail is on, and nothing is waiting.".to_owned(),
        (false, 1) => "Mail is on; one letter is on its way.".to_owned(),
        (false, n) => format!("Mail is on; {n} letters are on their way."),
    };
    Ok(Screen::shell(
        place,
        "Mail",
        html! {
            (Opening::new(&finding).lead(html! { "Letters that wait are never lost: they go out as soon as there is a way. Until then, " code { "muster link ADDRESS" } " on the server makes a sign-in link by hand." }))
            (panel("How mail leaves", html! {}, html! {
                (form.summary())
                form.stack.roomy method="post" action="/mail" {
                    (form.text("relay", "Mail relay").help("smtp://mail.example.com:587, smtps://user@mail.example.com:465, or off."))
                    (form.text("sender", "Letters come from").help("An address of yours, such as training@example.com.").autocomplete("off").optional())
                    (form.text("sender_name", "Whose name they show").help("What people read before they open it, such as Security training at Example Ltd.").autocomplete("off").optional())
                    (form.password("secret", "Password of the relay").help("Only where the relay asks for one. Leave empty to keep the one that is set.").optional())
                    (button("Save"))
                }
            }))
            @if !off {
                (panel("Try it", html! {}, html! {
                    (facts([("Relay", current.relay.to_string()), ("From", current.sender.clone())]))
                    (act("Send a letter to me", "/mail/test-letter", None))
                }))
            }
            @if !failures.is_empty() { (undelivered(&failures, &zone)) }
        },
    ))
}

/// Nobody has to think of one: the letters are the organisation's.
fn sender_name(current: &Setting, organisation: &str) -> String {
    let plain: String = organisation
        .chars()
        .filter(|c| !"<>\"@,;:\\".contains(*c))
        .collect();
    match (current.sender_name.as_str(), current.relay == Relay::Off) {
        ("", true) => format!("Security training at {plain}"),
        (name, _) => name.to_owned(),
    }
}

fn undelivered(failures: &[Failure], zone: &Zone) -> Markup {
    let columns = [
        Column::new("When"),
        Column::new("To"),
        Column::new("Letter").wide(),
        Column::new("What the relay said").wide(),
    ];
    let rows = failures.iter().map(|one| {
        let what = if one.outcome == "expired" {
            "Given up: "
        } else {
            ""
        };
        [
            html! { (one.at.long(zone)) },
            html! { (one.to) },
            html! { (one.subject) },
            html! { (what) (one.reply) },
        ]
    });
    html! { (Table::new("Letters that nobody took, the newest first", columns).rows(rows).labelled().stacked()) }
}

async fn set(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let (relay, sender) = (filled.one("relay").to_owned(), filled.one("sender").to_owned());
    let sender_name = filled.one("sender_name").to_owned();
    let secret = Some(filled.raw("secret").to_owned()).filter(|s| !s.is_empty());
    let done = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            let relay = Relay::parse(&relay)?;
            let secret = match &secret {
                Some(secret) => Some(secret.clone()),
                None => setting::current(tx)?.secret,
            };
            setting::set(
                tx,
                &Setting {
                    relay: relay.clone(),
                    sender: sender.clone(),
                    sender_name: sender_name.clone(),
                    secret,
                },
            )?;
            let payload = serde_json::json!({ "relay": relay.to_string(), "sender": sender, "sender_name": sender_name });
            ledger::record(tx, Entry::about(Act::MailSet, "mail").payload(payload))?;
            Ok(())
        })
        .await;
    match done {
        Ok(()) => Ok(see_other_saying("/mail", "Saved.")),
        Err(error) => {
            let problems = Problems::or_fault(error)?;
            page(&place, &db, &filled, &problems)
                .await?
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .answer()
        }
    }
}

async fn test(place: Place, owner: Owner, State(db): State<Db>) -> Answer {
    let letter = Letter {
        to: owner.email.clone(),
        purpose: "test",
        subject: format!("A test letter from the training of {}", place.organisation),
        text: "This letter shows that mail works. There is nothing to do.\n".to_owned(),
        until: None,
        secret: false,
    };
    db.write(Actor::Person(owner.account.clone()), move |tx| {
        letter::post(tx, &letter)
    })
    .await?;
    Ok(see_other_saying("/mail", "The letter is on its way to you."))
}
