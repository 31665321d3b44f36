//! The notice before the first signature, and agreeing to it or withdrawing that.

use axum::extract::{Query, State};
use db::Db;
use web::{
    Answer, Filled, Learner, Markup, Opening, Place, Screen, Standing, html, note, see_other,
    see_other_saying,
    visitor::{safe_return, sign_in_href},
};

use crate::{
    consent::{self, Consent, NOTICE, NOTICE_VERSION},
    taker::Taker,
    words,
};

/// The notice, and where to go on from it.
pub(super) fn href(to: &str) -> String {
    sign_in_href(to).replacen("/sign-in", "/consent", 1)
}

/// GET /consent
pub(super) async fn show(
    place: Place,
    learner: Learner,
    State(db): State<Db>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Answer {
    let taker = Taker::of(&learner)?;
    let asked: Filled = asked.into_iter().collect();
    let (current, zone) = db
        .read(move |reader| Ok((consent::current(reader, &taker.person)?, reader.zone()?)))
        .await?;
    let standing = current.map(|current| (words::when(current.given_at, &zone), current));
    Screen::reading(
        &place,
        "Signing electronically",
        body(standing.as_ref(), safe_return(asked.one("to"))),
    )
    .corner(html! { a href="/my-training" { "Not now" } })
    .answer()
}

/// POST /consent
pub(super) async fn give(learner: Learner, State(db): State<Db>, filled: Filled) -> Answer {
    let taker = Taker::of(&learner)?;
    db.write(taker.actor(), move |tx| consent::give(tx, &taker))
        .await?;
    Ok(see_other(safe_return(filled.one("to"))))
}

/// POST /consent/end
pub(super) async fn end(learner: Learner, State(db): State<Db>) -> Answer {
    let taker = Taker::of(&learner)?;
    db.write(taker.actor(), move |tx| consent::withdraw(tx, &taker))
        .await?;
    Ok(see_other_saying(
        "/consent",
        "Withdrawn. What you signed before stays valid.",
    ))
}

fn body(standing: Option<&(String, Consent)>, to: &str) -> Markup {
    let finding = match standing {
        Some(_) => "You have agreed to sign electronically.",
        None => "Before you sign here for the first time.",
    };
    html! {
        (Opening::new(finding).lead(match standing {
            Some((when, _)) => format!("You agreed on {when} to what stands below."),
            None => "Read what signing electronically means, then agree or leave it.".to_owned(),
        }))
        (note(Standing::None, html! { @for paragraph in NOTICE { p { (paragraph) } } }))
        p.soft { "Notice " (NOTICE_VERSION) "." }
        @if standing.is_some() {
            form.stack method="post" action="/consent/end" {
                p { "After withdrawing, nothing can be signed here until you agree again. Courses stay open to you; ask whoever runs the training to let you sign on paper." }
                (web::button("Withdraw"))
            }
        } @else {
            form method="post" action="/consent" {
                input type="hidden" name="to" value=(to);
                div.row.centred.actions {
                    (web::button("I agree to sign electronically"))
                    a.button href="/my-training" { "Not now" }
                }
            }
        }
    }
}
