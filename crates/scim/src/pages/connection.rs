//! The connections: their list, the form for a new one, and one of them with its tokens and its last requests.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router};
use db::{Actor, Db, Id, Moment, Reader, Zone};
use identity::Door;
use identity::token::{self, Token};
use roster::engagement::EngagementKind;
use web::table::thousands;
use web::visitor::Owner;
use web::{
    Answer, Choice, Column, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing, Table,
    act, button, facts, html, main_link, note, panel, see_other_saying, tag, trail,
};

use crate::connection::{self, Connection, ConnectionKind, NewConnection, Newcomers};
use crate::quirk::Profile;
use crate::request::{self, Listed};
use crate::resource;
use crate::serve::AT;

/// Requests that are shown: some cycles of a provider.
const REQUESTS_SHOWN: i64 = 50;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/scim", get(list).post(create))
        .route("/scim/connections/new", get(new))
        .route("/scim/connections/{id}", get(show))
}

/// The address of a connection's page.
pub(super) fn href(id: &Id<ConnectionKind>) -> String {
    format!("/scim/connections/{id}")
}

/// The address that is pasted into the identity provider.
fn base(door: &Door) -> String {
    format!("{}{AT}", door.public_url())
}

async fn list(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let (connections, zone) = db
        .read(|r| {
            let mut found = Vec::new();
            for connection in connection::all(r)? {
                let last = request::last_at(r, connection.id.as_str())?;
                let counts = resource::counts(r, connection.id.as_str())?;
                found.push((connection, last, counts));
            }
            Ok((found, r.zone()?))
        })
        .await?;
    let columns = [
        Column::new("Connection").wide(),
        Column::new("Speaks as"),
        Column::new("Users").number(),
        Column::new("Groups").number(),
        Column::new("Last request"),
    ];
    let rows = connections.iter().map(|(connection, last, (users, groups))| {
        [
            html! { a href=(href(&connection.id)) { (connection.source) } },
            html! { (connection.profile.label()) },
            html! { (thousands(users.unsigned_abs())) },
            html! { (thousands(groups.unsigned_abs())) },
            at(*last, &zone),
        ]
    });
    let count = connections.len() as u64;
    let table = Table::new("Connections", columns)
        .rows(rows)
        .of(count, "connections")
        .caption_hidden()
        .labelled()
        .empty(html! { "No identity provider is connected yet. " a href="/scim/connections/new" { "Connect one" } "." });
    let finding = match count {
        0 => "No identity provider sends people yet.".to_owned(),
        1 => "1 identity provider sends people.".to_owned(),
        n => format!("{n} identity providers send people."),
    };
    let body = html! {
        (Opening::new(finding)
            .over(trail(&[("People", "/people")], "SCIM"))
            .lead("An identity provider sends people and groups as they come and go. Whoever is no longer active there cannot sign in here from that moment on.")
            .actions(main_link("Connect an identity provider", "/scim/connections/new")))
        (table)
    };
    Screen::shell(&place, "SCIM", body).answer()
}

fn at(moment: Option<Moment>, zone: &Zone) -> Markup {
    match moment {
        Some(moment) => html! { (moment.long(zone)) },
        None => html! { span.soft { "never" } },
    }
}

async fn new(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let first = db.read(|r| Ok(roster::source::all(r)?.is_empty())).await?;
    let filled = Filled::nothing()
        .with("profile", Profile::Entra.as_str())
        .with("kind", EngagementKind::Employee.as_str())
        .with("newcomers", if first { "join" } else { "wait" });
    form_page(&place, &filled, &Problems::none()).answer()
}

fn form_page(place: &Place, filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    let profiles: Vec<Choice> = Profile::ALL
        .iter()
        .map(|profile| Choice::new(profile.as_str(), profile.label()))
        .collect();
    let kinds: Vec<Choice> = EngagementKind::ALL
        .iter()
        .map(|kind| Choice::new(kind.as_str(), kind.label()))
        .collect();
    let newcomers = [
        Choice::new("join", "Joins the roster").why("The provider says who works here."),
        Choice::new("wait", "Waits until an owner has looked")
            .why("Another source says who works here; this one tells more of them."),
    ];
    let body = html! {
        (Opening::new("Connect an identity provider.").over(trail(&[("People", "/people"), ("SCIM", "/scim")], "New")))
        (form.summary())
        form.stack.roomy method="post" action="/scim" {
            (form.text("source", "Name").help("The name of this source on the roster, for example entra.").length_max(60).short())
            (form.radios("profile", "Speaks as", &profiles))
            (form.select("kind", "Kind of people whose kind is not said", &kinds))
            (form.radios("newcomers", "Somebody whom no other source lists", &newcomers))
            (button("Connect"))
        }
    };
    Screen::shell(place, "Connect an identity provider", body)
}

async fn create(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let text = |name: &str| filled.one(name).to_owned();
    let (name, profile, kind, newcomers) = (text("source"), text("profile"), text("kind"), text("newcomers"));
    let made = db
        .write(Actor::Person(owner.account.clone()), move |tx| {
            connection::set(
                tx,
                &NewConnection {
                    name: name.clone(),
                    profile: profile.parse()?,
                    kind: kind.parse()?,
                    newcomers: Some(if newcomers == "join" {
                        Newcomers::Join
                    } else {
                        Newcomers::Wait
                    }),
                },
            )
        })
        .await;
    match made {
        Ok(connection) => Ok(see_other_saying(
            &href(&connection.id),
            "It is connected. Make a token next.",
        )),
        Err(error) => form_page(&place, &filled, &Problems::or_fault(error)?)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .answer(),
    }
}

/// What a connection's page shows.
pub(super) struct Known {
    pub(super) connection: Connection,
    pub(super) tokens: Vec<Token>,
    pub(super) requests: Vec<Listed>,
    pub(super) counts: (i64, i64),
    pub(super) now: Moment,
    pub(super) zone: Zone,
}

pub(super) fn known(reader: &mut Reader, id: &Id<ConnectionKind>) -> db::Result<Option<Known>> {
    let Some(connection) = connection::find(reader, id)? else {
        return Ok(None);
    };
    Ok(Some(Known {
        tokens: token::of(reader, id.as_str())?,
        requests: request::newest(reader, id.as_str(), REQUESTS_SHOWN)?,
        counts: resource::counts(reader, id.as_str())?,
        now: reader.now(),
        zone: reader.zone()?,
        connection,
    }))
}

async fn show(
    place: Place,
    _: Owner,
    State(db): State<Db>,
    Extension(door): Extension<Door>,
    Path(id): Path<String>,
) -> Answer {
    let id: Id<ConnectionKind> = id.parse().map_err(|_| Error::Missing)?;
    let known = db.read(move |r| known(r, &id)).await?.ok_or(Error::Missing)?;
    page(&place, &door, &known, None).answer()
}

/// The page, with the secret of a token that was just made.
pub(super) fn page(place: &Place, door: &Door, known: &Known, secret: Option<&str>) -> Screen {
    let connection = &known.connection;
    let (users, groups) = known.counts;
    let live = known
        .tokens
        .iter()
        .filter(|token| token.is_live(known.now))
        .count();
    let finding = match (secret, live) {
        (Some(_), _) => "Copy the token now: it is not shown again.".to_owned(),
        (None, 0) => format!("{} has no token, so it cannot send anything.", connection.source),
        (None, _) => format!(
            "{} has sent {} users and {} groups.",
            connection.source,
            thousands(users.unsigned_abs()),
            thousands(groups.unsigned_abs())
        ),
    };
    let body = html! {
        (Opening::new(finding).over(trail(&[("People", "/people"), ("SCIM", "/scim")], &connection.source)))
        @if let Some(secret) = secret {
            (note(Standing::Gap, html! { "Whoever has this token can change the roster. Put it into the identity provider and nowhere else." }))
            (panel("The token", html! {}, html! { p.mono { (secret) } }))
        }
        (panel("What to enter there", html! {}, facts([
            ("Tenant or base URL", html! { span.mono { (base(door)) } }),
            ("Authentication", html! { "HTTP header, Bearer token" }),
            ("Unique identifier field for users", html! { span.mono { "userName" } }),
            ("Speaks as", html! { (connection.profile.label()) }),
            ("People whose kind is not said", html! { (connection.kind.label()) }),
        ])))
        (tokens(known, live))
        (requests(known))
    };
    Screen::shell(place, connection.source.clone(), body)
}

fn tokens(known: &Known, live: usize) -> Markup {
    let mut table = Table::new(
        "Tokens",
        [
            Column::new("Made"),
            Column::new("Works until"),
            Column::new("Last used"),
            Column::new("Now"),
            Column::new("End it"),
        ],
    );
    for token in &known.tokens {
        let is_live = token.is_live(known.now);
        let now = match (is_live, token.ended_at) {
            (true, _) => tag(Standing::Met, "works"),
            (false, Some(_)) => tag(Standing::None, "ended"),
            (false, None) => tag(Standing::None, "expired"),
        };
        table.row([
            html! { span.nowrap { (token.made_at.long(&known.zone)) } },
            html! { (token.expires_at.long(&known.zone)) },
            at(token.used_at, &known.zone),
            now,
            html! {
                @if is_live {
                    (act("End", &format!("/scim/tokens/{}/end", token.id), Some("End this token? Whoever uses it cannot send anything any more.")))
                }
            },
        ]);
    }
    let count = known.tokens.len() as u64;
    let table = table
        .of(count, "tokens")
        .caption_hidden()
        .labelled()
        .empty(html! { "There is no token yet." });
    panel(
        "Tokens",
        html! {},
        html! {
            @if live < 2 { (act("Make a token", &format!("{}/tokens", href(&known.connection.id)), None)) }
            @if live == 2 { p.soft { "Two tokens work: one in use and one to move to. End the old one when nothing uses it any more." } }
            (table)
        },
    )
}

fn requests(known: &Known) -> Markup {
    let rows = known.requests.iter().map(|one| {
        let standing = if one.status < 400 { Standing::Met } else { Standing::Gap };
        [
            html! { span.nowrap { (one.at.long(&known.zone)) } },
            html! { span.mono { (one.method) " " (one.place) } },
            html! { (tag(standing, one.status)) @if let Some(scim_type) = &one.scim_type { br; small.mono { (scim_type) } } },
            html! { @if one.quirks.is_empty() { span.soft { "no" } } @else { small.mono { (one.quirks) } } },
        ]
    });
    let count = known.requests.len() as u64;
    let columns = [
        Column::new("When"),
        Column::new("Asked"),
        Column::new("Answered"),
        Column::new("Spoken otherwise than RFC 7644"),
    ];
    let table = Table::new("The last requests", columns)
        .rows(rows)
        .of(count, "requests")
        .caption_hidden()
        .labelled()
        .empty(html! { "Nothing was asked yet." });
    panel(
        "The last requests",
        html! {},
        html! { p.soft { "When, what for and what was answered; never what was in it. Kept for 400 days." } (table) },
    )
}
