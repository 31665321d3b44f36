//! The gallery's forms: one to fill in, the same with problems, and a learner's question.
//!
//! Not here: the overview pages (`gallery`).

use maud::html;

use super::{Sample, place};
use crate::filled::{Choice, Filled, Problems};
use crate::form::{Form, saved_state};
use crate::marks::{Standing, actions, button, button_link, note, progress};
use crate::screen::{Opening, Screen};

pub(super) fn typed() -> Filled {
    Filled::nothing()
        .with("name", "Ada Osei")
        .with("email", "ada@")
        .with("starts", "2026-06-01")
        .with("team", "platform")
        .with("answer", "b")
        .with("topics", "phishing")
        .with("why", "Joined from the Lagos office.\n\nNeeds captions.")
}

pub(super) fn wrong() -> Problems {
    Problems::none()
        .with(
            "email",
            "Enter an address with something after the @, such as ada@northwind.example.",
        )
        .with(
            "list",
            "Choose the list to read: a CSV or Excel file of at most 64 MB.",
        )
        .with("answer", "Choose who is asked to approve.")
}

pub(super) fn form_page(filled: &Filled, problems: &Problems) -> Screen {
    let teams = [
        Choice::new("platform", "Platform"),
        Choice::new("finance", "Finance"),
    ];
    let approvers = [
        Choice::new("a", "The owner").why("Approves within a day."),
        Choice::new("b", "The board").why("Meets on 4 June."),
    ];
    let topics = [
        Choice::new("phishing", "Phishing"),
        Choice::new("passwords", "Passwords and passkeys"),
    ];
    let form = Form::new(filled, problems);
    let (path, title) = if problems.is_empty() {
        ("/gallery/form", "Form")
    } else {
        ("/gallery/problems", "Problems")
    };
    let body = html! {
        (form.summary())
        (Opening::new("Add a person by hand.").lead("People from a list are kept up to date by the list; people added here are not."))
        form.stack.roomy method="post" action=(path) {
            (form.text("name", "Full name").autocomplete("name").length_max(200))
            (form.email("email", "Work email").help("Where assignments and reminders go."))
            (form.date("starts", "First day"))
            (form.number("days", "Days until the first course is due").help("Between 1 and 90."))
            (form.select("team", "Team", &teams))
            (form.radios("answer", "Who approves", &approvers))
            (form.checks("topics", "Topics", &topics).help("Choose any."))
            (form.textarea("why", "Note", 4).optional())
            (form.file("list", "A list instead").accept(".csv,.xlsx").help("CSV or Excel, one person a row."))
            (form.password("secret", "Your password").autocomplete("current-password"))
            (form.check("sure", "I have checked that this person is not on the list").required())
            (actions([button("Add the person"), button_link("Cancel", "/gallery")]))
        }
    };
    Screen::shell(&place(path, Sample::Usual), title, body)
}

pub(super) fn question() -> Screen {
    let choices = [
        Choice::new("a", "Scan it, and look at the address before paying"),
        Choice::new(
            "b",
            "Open the operator's site from its own address or app, and look for the notice there",
        ),
        Choice::new("c", "Pay with a card that has a low limit"),
        Choice::new("d", "Ask a colleague whether they had one too"),
    ];
    let filled = typed();
    let problems = Problems::none();
    let form = Form::new(&filled, &problems);
    let body = html! {
        header.stack {
            (progress(2, 6, "Question 3 of 6"))
            div.row.spread {
                p.soft { "Phishing on every channel · question 3 of 6 · about 2 minutes left" }
                (saved_state("Saved"))
            }
        }
        form.stack.roomy method="post" action="/gallery/question" data-behaviour="autosave" {
            (form.radios("answer", "A parking notice on your windscreen asks you to scan a code and pay within the hour. What do you do first?", &choices).help("Choose one.").heading())
            (actions([button("Check my answer"), button_link("Back", "/gallery"), html! { a href="/gallery" { "This question seems wrong" } }]))
        }
        (note(Standing::Met, html! { p { b { "Yes. " } "You went round the code instead of through it. The operator's own address cannot be changed by a sticker." } }))
        (note(Standing::Gap, html! { p { b { "Not this one. " } "The code can lead anywhere, and the address may look right." } }))
    };
    Screen::reading(
        &place("/gallery/question", Sample::Usual),
        "Phishing on every channel",
        body,
    )
    .corner(html! { a href="/gallery" { "Save and leave" } })
}
