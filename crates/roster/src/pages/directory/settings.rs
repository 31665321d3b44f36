//! The form that says how a directory is read; what is wrong comes back beside its field, the password never does.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use db::{Actor, Db, Moment, Refusal};
use web::visitor::Owner;
use web::{
    Answer, Choice, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, button, html,
    see_other_saying, trail,
};

use super::{HOME, address};
use crate::directory::{self, Directory, Host, Protection, Settings};
use crate::engagement::EngagementKind;
use crate::source;
use crate::sources::ldap::{Attributes, Flavour, Terms};
use crate::sources::word;

pub(super) async fn new(place: Place, _: Owner) -> Answer {
    let filled = Filled::nothing()
        .with("source", "directory")
        .with("flavour", "active_directory")
        .with("protection", Protection::Tls.as_str())
        .with("filter", "(&(objectCategory=person)(objectClass=user))")
        .with("kind", EngagementKind::Employee)
        .with("hours", 6);
    form_page(&place, None, &filled, &Problems::none()).answer()
}

pub(super) async fn edit(place: Place, _: Owner, State(db): State<Db>, Path(source): Path<String>) -> Answer {
    let name = source.clone();
    let found = db.read(move |r| directory::find(r, &name)).await?;
    let directory = found.ok_or(Error::Missing)?;
    form_page(&place, Some(&source), &filled_with(&directory), &Problems::none()).answer()
}

fn filled_with(directory: &Directory) -> Filled {
    let settings = &directory.settings;
    let terms = &settings.terms;
    let kinds: Vec<String> = terms
        .kinds
        .iter()
        .map(|(word, kind)| format!("{word} = {kind}"))
        .collect();
    let filled = Filled::nothing()
        .with("source", &directory.source)
        .with("flavour", flavour_text(terms.flavour))
        .with("host", &settings.host)
        .with("protection", settings.protection.as_str())
        .with("issuers", &settings.issuers)
        .with("account", &settings.account)
        .with("base", &settings.base)
        .with("filter", &settings.filter)
        .with("kind", terms.kind.map(EngagementKind::as_str).unwrap_or_default())
        .with("kinds", kinds.join("\n"))
        .with("groups", terms.groups.join("\n"))
        .with("employee_number", &terms.attributes.employee_number)
        .with("kind_attribute", &terms.attributes.kind)
        .with("department", &terms.attributes.department)
        .with("employer", &terms.attributes.employer)
        .with("start", &terms.attributes.start)
        .with("end", &terms.attributes.end)
        .with("hours", directory.hours);
    if settings.plain_accepted {
        filled.with("plain_accepted", "yes")
    } else {
        filled
    }
}

fn flavour_text(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::ActiveDirectory => "active_directory",
        Flavour::Ldap => "ldap",
    }
}

fn form_page(place: &Place, source: Option<&str>, filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    let action = source.map_or(HOME.to_owned(), |source| format!("{}/settings", address(source)));
    let finding = match source {
        Some(source) => format!("Change how {source} is read."),
        None => "Read people from a directory.".to_owned(),
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("People", "/people"), ("Directories", HOME)], source.unwrap_or("New")))
            .lead("muster only reads. The first list is shown to you before anybody is added; later ones apply themselves unless something looks wrong."))
        (form.summary())
        form.stack.roomy method="post" action=(action) {
            @if source.is_none() {
                (form.text("source", "Name of the source").help("What its people are called on the roster, for example hr or directory. It stays.").length_max(60).short())
            } @else { (form.hidden("source")) }
            (where_it_is(&form))
            (who_asks(&form, source.is_some()))
            (what_it_means(&form))
            (form.number("hours", "Read every so many hours").help("1 to 168; 0 to read it by hand only."))
            (button("Save"))
        }
    };
    Screen::shell(place, "Directory", body)
}

fn where_it_is(form: &Form<'_>) -> Markup {
    let flavours = [
        Choice::new("active_directory", "Active Directory").why("People are known by objectGUID."),
        Choice::new("ldap", "OpenLDAP, 389 or another").why("People are known by entryUUID."),
    ];
    let protections = [
        Choice::new("tls", "Encrypted from the start").why("ldaps, usually port 636."),
        Choice::new("start_tls", "Encrypted by StartTLS").why("Usually port 389."),
        Choice::new("nothing", "Not encrypted").why("For a directory on this very machine."),
    ];
    html! {
        (form.radios("flavour", "Which directory", &flavours))
        (form.text("host", "Server").help("dc1.example.com, with :port where it has one of its own. As its certificate calls it.").autocomplete("off"))
        (form.radios("protection", "Encryption", &protections))
        (form.check("plain_accepted", "Nobody can listen between this machine and the server").help("Only without encryption, and only where it is true: the account’s password and everybody’s data can then be read on the way."))
        (form.textarea("issuers", "Certificates of your own issuers", 3).help("Only where an issuer of your own made the server’s certificate: the issuer’s certificates as text (PEM). Otherwise the public issuers are believed.").optional())
    }
}

fn who_asks(form: &Form<'_>, is_set: bool) -> Markup {
    let password = form.password("password", "Its password").autocomplete("off");
    html! {
        (form.text("account", "Account that reads").help("By its whole name, for example cn=muster,ou=services,dc=example,dc=com. With Active Directory also muster@example.com. It needs the right to read and nothing else.").autocomplete("off"))
        @if is_set {
            (password.help("Leave empty to keep the one that is set. It is kept on this server and shown to nobody.").optional())
        } @else {
            (password.help("It is kept in the database of this server, sent to this directory only, and shown to nobody."))
        }
        (form.text("base", "Below which entry").help("For example ou=people,dc=example,dc=com.").autocomplete("off"))
        (form.text("filter", "Filter").help("Which entries are people; with OpenLDAP usually (objectClass=inetOrgPerson). Keep disabled accounts in: that somebody is disabled says that they have left.").autocomplete("off"))
    }
}

fn what_it_means(form: &Form<'_>) -> Markup {
    let kinds: Vec<Choice> = EngagementKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.as_str(), kind.label()))
        .collect();
    let usual = "Empty for the usual one.";
    html! {
        (form.select("kind", "People of whom it is not said are", &kinds).optional().unset("Refused: it has to be said"))
        (form.textarea("kinds", "Your own words for kinds of people", 3).help("One in each line, such as: dienstleister = vendor_staff. The kinds are employee, contractor, intern, temp, vendor_staff, board and other.").optional())
        (form.textarea("groups", "Groups that become tags", 3).help("One in each line, by its whole name: cn=developers,ou=groups,dc=example,dc=com becomes the tag developers. Others are not read.").optional())
        details {
            summary { "Attributes with names of your own" }
            div.stack.roomy {
                (form.text("employee_number", "Employee number").help(usual).optional().short())
                (form.text("kind_attribute", "Kind of person").help("Usually employeeType.").optional().short())
                (form.text("department", "Department").help(usual).optional().short())
                (form.text("employer", "Employer of people from outside").help(usual).optional().short())
                (form.text("start", "First day of work").help("Usually there is none: people then begin on the day they are first seen.").optional().short())
                (form.text("end", "Last day of work").help("Usually the day an account expires, with Active Directory.").optional().short())
            }
        }
    }
}

fn settings(filled: &Filled) -> Result<(Directory, Option<String>), Problems> {
    let mut problems = Problems::none();
    let source = heard(source::named(filled.one("source")), "source", &mut problems);
    let host = heard(Host::parse(filled.one("host")), "host", &mut problems);
    let kinds = heard(own_kinds(filled.raw("kinds")), "kinds", &mut problems);
    let protection = Protection::ALL
        .into_iter()
        .find(|protection| protection.as_str() == filled.one("protection"));
    if protection.is_none() {
        problems.add("protection", "Choose whether the conversation is encrypted.");
    }
    let flavours = [Flavour::ActiveDirectory, Flavour::Ldap];
    let flavour = flavours
        .into_iter()
        .find(|flavour| flavour_text(*flavour) == filled.one("flavour"));
    if flavour.is_none() {
        problems.add("flavour", "Choose which directory it is.");
    }
    let hours = filled.one("hours").parse::<i64>().ok();
    if hours.is_none() {
        problems.add("hours", "Write a number of hours, or 0 to read it by hand.");
    }
    let kind = filled.one("kind");
    let kind = EngagementKind::ALL
        .into_iter()
        .find(|known| known.as_str() == kind);
    let (Some(source), Some(host), Some(kinds), Some(protection), Some(flavour), Some(hours)) =
        (source, host, kinds, protection, flavour, hours)
    else {
        return Err(problems);
    };
    let text = |name: &str| filled.one(name).to_owned();
    let lines = |name: &str| {
        filled
            .raw(name)
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let directory = Directory {
        source,
        settings: Settings {
            host,
            protection,
            plain_accepted: filled.ticked("plain_accepted"),
            issuers: text("issuers"),
            account: text("account"),
            base: text("base"),
            filter: text("filter"),
            terms: Terms {
                flavour,
                kind,
                kinds,
                groups: lines("groups"),
                attributes: Attributes {
                    employee_number: text("employee_number"),
                    kind: text("kind_attribute"),
                    department: text("department"),
                    employer: text("employer"),
                    start: text("start"),
                    end: text("end"),
                },
            },
        },
        hours,
        set_at: Moment(0),
    };
    let password = Some(filled.raw("password").to_owned()).filter(|password| !password.is_empty());
    Ok((directory, password))
}

fn heard<T>(read: Result<T, Refusal>, field: &str, problems: &mut Problems) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(refusal) => {
            problems.add(field, refusal.sentence);
            None
        }
    }
}

fn own_kinds(text: &str) -> Result<BTreeMap<String, EngagementKind>, Refusal> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (word, kind) = line.rsplit_once('=').unwrap_or((line, ""));
            let plain = word::plain(word);
            match kind.trim().parse::<EngagementKind>() {
                Ok(kind) if !plain.is_empty() => Ok((plain, kind)),
                _ => Err(Refusal::new(
                    "kinds-unreadable",
                    format!(
                        "“{}” does not say what a word means. Write it like: dienstleister = vendor_staff.",
                        line.chars().take(40).collect::<String>()
                    ),
                )),
            }
        })
        .collect()
}

pub(super) async fn create(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    save(&place, &owner, &db, (None, &filled)).await
}

pub(super) async fn set(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(source): Path<String>,
    filled: Filled,
) -> Answer {
    let filled = filled
        .pairs()
        .filter(|(name, _)| *name != "source")
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect::<Filled>()
        .with("source", &source);
    save(&place, &owner, &db, (Some(&source), &filled)).await
}

async fn save(place: &Place, owner: &Owner, db: &Db, (changed, filled): (Option<&str>, &Filled)) -> Answer {
    let again = |problems: &Problems| {
        form_page(place, changed, filled, problems)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer()
    };
    let (directory, password) = match settings(filled) {
        Ok(settings) => settings,
        Err(problems) => return again(&problems),
    };
    let here = address(&directory.source);
    let is_new = changed.is_none();
    let done = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            if is_new && directory::find(tx, &directory.source)?.is_some() {
                return Err(known_already().into());
            }
            directory::set(tx, &directory, password.as_deref())
        })
        .await;
    match done {
        Ok(()) => Ok(see_other_saying(
            &here,
            "Saved. Read it now to see what it gives.",
        )),
        Err(error) => again(&Problems::or_fault(error)?),
    }
}

fn known_already() -> Refusal {
    Refusal::new(
        "directory-known",
        "There is a directory of that name already. Change that one, or choose another name.",
    )
    .field("source")
}
