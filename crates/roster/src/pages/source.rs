//! The sources of the roster, and how each is to be understood: what it is, who answers for it, how fresh it must be, whom to
//! believe first, and its brakes.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use db::{Actor, Db, Moment, Reader, Refusal, Result, Zone};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use web::visitor::Owner;
use web::{
    Answer, Choice, Column, Error, Filled, Form, Markup, Opening, Place, Problems, Screen, Standing as Mark,
    Table, button, facts, html, main_link, panel, see_other_saying, tag, trail,
};

use crate::held_end;
use crate::profile::ATTRIBUTES;
use crate::source;
use crate::source_setting::{self, Ranks, Set, SourceKind, SourceSetting};
use crate::source_snapshot::{self, Reading};
use crate::sync::brake::Brakes;
use crate::waiting;

pub(super) fn routes() -> Router<Db> {
    Router::new()
        .route("/roster/sources", get(list).post(create))
        .route("/roster/sources/new", get(new))
        .route("/roster/sources/{source}", get(show).post(set))
}

/// The address of a source's page.
pub fn href(name: &str) -> String {
    format!("/roster/sources/{}", utf8_percent_encode(name, NON_ALPHANUMERIC))
}

/// What is known of one source.
struct Known {
    name: String,
    set: Option<Set>,
    setting: SourceSetting,
    last: Option<Reading>,
}

struct Everything {
    sources: Vec<Known>,
    waiting: u64,
    held: u64,
    now: Moment,
    zone: Zone,
}

fn read(reader: &mut Reader, name: &str) -> Result<Known> {
    let set = source_setting::newest(reader, name)?;
    let now = reader.now();
    Ok(Known {
        name: name.to_owned(),
        setting: set.as_ref().map_or_else(
            || SourceSetting::usual(SourceKind::default()),
            |set| set.setting.clone(),
        ),
        set,
        last: source_snapshot::last_reading(reader, name, now)?,
    })
}

fn everything(reader: &mut Reader) -> Result<Everything> {
    let mut sources = Vec::new();
    for source in source::all(reader)? {
        sources.push(read(reader, &source.name)?);
    }
    Ok(Everything {
        sources,
        waiting: waiting::all(reader)?.1,
        held: held_end::open(reader)?.1,
        now: reader.now(),
        zone: reader.zone()?,
    })
}

async fn list(place: Place, _: Owner, State(db): State<Db>) -> Answer {
    let all = db.read(everything).await?;
    let columns = [
        Column::new("Source").wide(),
        Column::new("What it is"),
        Column::new("Answers for it"),
        Column::new("Last read"),
        Column::new("Rows").number(),
    ];
    let rows = all.sources.iter().map(|known| {
        [
            html! { a href=(href(&known.name)) { (known.name) } },
            html! { (known.setting.kind.label()) @if !known.setting.engages { br; small.soft { "tells more of people others list" } } },
            html! { @if known.setting.owner.is_empty() { span.soft { "nobody named" } } @else { (known.setting.owner) } },
            last_read(known, all.now, &all.zone),
            html! { @if let Some(last) = &known.last { (web::table::thousands(last.rows.unsigned_abs())) } },
        ]
    });
    let count = all.sources.len() as u64;
    let table = Table::new("Sources", columns)
        .rows(rows)
        .of(count, "sources")
        .caption_hidden()
        .labelled()
        .empty(html! { "Nothing tells of people yet. " a href="/roster/files/new" { "Add people from a file" } " or describe a source first." });
    let finding = match count {
        0 => "No source tells who works here yet.".to_owned(),
        1 => "1 source tells who works here.".to_owned(),
        n => format!("{n} sources tell who works here."),
    };
    let body = html! {
        (Opening::new(finding).over(trail(&[("People", "/people")], "Sources"))
            .lead("Where several speak of one person, each is believed by its rank, attribute by attribute.")
            .actions(main_link("Describe a source", "/roster/sources/new")))
        @if all.waiting > 0 || all.held > 0 { (to_decide(all.waiting, all.held)) }
        (table)
    };
    Screen::shell(&place, "Sources", body).answer()
}

/// What waits for somebody.
fn to_decide(waiting: u64, held: u64) -> Markup {
    let items = [
        (waiting, "/roster/waiting", "Rows whose person is not certain"),
        (
            held,
            "/roster/ends",
            "People a source ended who are still on the roster",
        ),
    ];
    let items = items
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, href, words)| {
            (
                html! { a href=(href) { (words) } },
                tag(
                    Mark::Attention,
                    format!("{} to look at", web::table::thousands(count)),
                ),
            )
        });
    panel("To decide", html! {}, web::to_do(items))
}

fn read_from(last: &Reading) -> Markup {
    match &last.file {
        Some((id, name)) => html! { a href={ "/roster/files/" (id) } { (name) } },
        None => html! { "as it had spoken by then" },
    }
}

fn last_read(known: &Known, now: Moment, zone: &Zone) -> Markup {
    let Some(last) = &known.last else {
        return html! { span.soft { "never" } };
    };
    let age = i64::from(now.day(zone).0 - last.read_at.day(zone).0);
    html! {
        (web::day(last.read_at.day(zone)))
        @if age > known.setting.fresh_days { br; (tag(Mark::Gap, "too old")) }
    }
}

async fn new(place: Place, _: Owner) -> Answer {
    let filled = shown(&SourceSetting::usual(SourceKind::Hris)).with("name", "");
    page_new(&place, &filled, &Problems::none()).answer()
}

fn page_new(place: &Place, filled: &Filled, problems: &Problems) -> Screen {
    let form = Form::new(filled, problems);
    let steps = [("People", "/people"), ("Sources", "/roster/sources")];
    let body = html! {
        (Opening::new("Describe a source.").over(trail(&steps, "New")).lead("An HR system, a contractor system, a supplier’s list, a directory or an identity provider."))
        (form.summary())
        form.stack.roomy method="post" action="/roster/sources" {
            (form.text("name", "Name").help("For example hr, or SAP Fieldglass. Files are sent under this name.").length_max(60).short())
            (fields(&form))
            (button("Keep this source"))
        }
    };
    Screen::shell(place, "Describe a source", body)
}

async fn create(place: Place, owner: Owner, State(db): State<Db>, filled: Filled) -> Answer {
    let mut problems = Problems::none();
    let name = source::named(filled.one("name")).unwrap_or_else(|refusal| {
        problems.add("name", refusal.sentence);
        String::new()
    });
    let setting = heard(&filled, &mut problems);
    if problems.is_empty() {
        let wanted = name.clone();
        let kept = db
            .write(Actor::Person(owner.account.clone()), move |tx| {
                if source::find(tx, &wanted)?.is_some() {
                    let taken = "There is a source of this name already; open it to change it.";
                    return Err(Refusal::new("source-known", taken).field("name").into());
                }
                source_setting::set(tx, &wanted, &setting)
            })
            .await;
        match kept {
            Ok(()) => return Ok(see_other_saying(&href(&name), "The source is kept.")),
            Err(error) => problems = Problems::or_fault(error)?,
        }
    }
    page_new(&place, &filled, &problems)
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

async fn show(place: Place, _: Owner, State(db): State<Db>, Path(name): Path<String>) -> Answer {
    page(&place, &db, name, None).await?.answer()
}

async fn set(
    place: Place,
    owner: Owner,
    State(db): State<Db>,
    Path(name): Path<String>,
    filled: Filled,
) -> Answer {
    let mut problems = Problems::none();
    let setting = heard(&filled, &mut problems);
    if problems.is_empty() {
        let wanted = name.clone();
        let kept = db
            .write(Actor::Person(owner.account.clone()), move |tx| {
                if source::find(tx, &wanted)?.is_none() {
                    return Err(Refusal::new("source-unknown", "There is no such source.").into());
                }
                source_setting::set(tx, &wanted, &setting)
            })
            .await;
        match kept {
            Ok(()) => return Ok(see_other_saying(&href(&name), "Saved.")),
            Err(error) => problems = Problems::or_fault(error)?,
        }
    }
    page(&place, &db, name, Some((&filled, &problems)))
        .await?
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .answer()
}

async fn page(
    place: &Place,
    db: &Db,
    name: String,
    typed: Option<(&Filled, &Problems)>,
) -> std::result::Result<Screen, Error> {
    let (known, now, zone) = db
        .read(move |r| {
            let found = source::find(r, &name)?;
            let known = found.map(|source| read(r, &source.name)).transpose()?;
            Ok((known, r.now(), r.zone()?))
        })
        .await?;
    let known = known.ok_or(Error::Missing)?;
    let (as_it_is, none) = (shown(&known.setting), Problems::none());
    let (filled, problems) = typed.unwrap_or((&as_it_is, &none));
    let form = Form::new(filled, problems);
    let steps = [("People", "/people"), ("Sources", "/roster/sources")];
    let last =
        html! { (last_read(&known, now, &zone)) @if let Some(last) = &known.last { ", " (read_from(last)) } };
    let by = match &known.set {
        Some(set) => set.set_at.long(&zone),
        None => "never; it is read as an HR system".to_owned(),
    };
    let rows = [("Last read", last), ("Described", html! { (by) })];
    let body = html! {
        (Opening::new(finding(&known)).over(trail(&steps, &known.name)))
        (panel("What is known", html! {}, facts(rows)))
        (form.summary())
        form.stack.roomy method="post" action=(href(&known.name)) {
            (fields(&form))
            (button("Save"))
        }
    };
    Ok(Screen::shell(place, known.name.clone(), body))
}

fn finding(known: &Known) -> String {
    let kind = known.setting.kind.label();
    if known.setting.engages {
        format!("{} ({kind}) says who works here.", known.name)
    } else {
        format!(
            "{} ({kind}) tells more of people whom other sources list.",
            known.name
        )
    }
}

/// The brakes as the form shows them: the field, its label, and how to read and write it.
type Brake = (&'static str, &'static str, fn(&mut Brakes) -> &mut u64);
const BRAKES: [Brake; 8] = [
    ("ends_percent", "Leavers, % of the people who are here", |b| {
        &mut b.ends_percent
    }),
    ("joins_percent", "Joiners, %", |b| &mut b.joins_percent),
    ("row_drop_percent", "Fewer rows than last time, %", |b| {
        &mut b.row_drop_percent
    }),
    ("emails_percent", "Changed addresses, %", |b| {
        &mut b.emails_percent
    }),
    ("managers_lost_percent", "Lost managers, %", |b| {
        &mut b.managers_lost_percent
    }),
    ("kinds_percent", "Changed kinds of people, %", |b| {
        &mut b.kinds_percent
    }),
    ("touched", "People touched at once", |b| &mut b.touched),
    ("few", "So few that no share matters", |b| &mut b.few),
];

fn fields(form: &Form<'_>) -> Markup {
    let kinds = SourceKind::ALL.map(|kind| Choice::new(kind.as_str(), kind.label()));
    let engages = [
        Choice::new("yes", "It says who works here")
            .why("Whoever it lists is on the roster, and has left when it says so."),
        Choice::new("no", "It tells more of people others list")
            .why("Who is only here waits until somebody has decided."),
    ];
    let names = ATTRIBUTES.join(", ");
    html! {
        (form.select("kind", "What it is", &kinds))
        (form.radios("engages", "What being listed means", &engages))
        (form.text("owner", "Who answers for it").optional().length_max(200))
        (form.text("rhythm", "How often it is read").optional().help("In words: every night, on the first of the month.").length_max(200))
        (form.number("fresh_days", "Days after which a reading is too old").short())
        fieldset.stack {
            legend { "Whom to believe first" }
            (form.number("rank", "Rank").help("The smallest number is believed first.").short())
            (form.textarea("ranks", "Where it differs", 3).optional().help(format!("One a line, as email 5. The attributes are {names}.")).length_max(2_000))
        }
        fieldset.stack {
            legend { "A plan waits when there are more than these" }
            @for (name, label, _) in BRAKES { (form.number(name, label).short()) }
            (form.check("second_approver", "A plan that waits is approved by somebody other than whoever sent it"))
        }
    }
}

fn shown(setting: &SourceSetting) -> Filled {
    let ranks = setting
        .ranks
        .own
        .iter()
        .map(|(name, rank)| format!("{name} {rank}"))
        .collect::<Vec<_>>();
    let mut filled = Filled::nothing()
        .with("kind", setting.kind)
        .with("engages", if setting.engages { "yes" } else { "no" })
        .with("owner", &setting.owner)
        .with("rhythm", &setting.rhythm)
        .with("fresh_days", setting.fresh_days)
        .with("rank", setting.ranks.general)
        .with("ranks", ranks.join("\n"));
    let mut brakes = setting.brakes;
    for (name, _, of) in BRAKES {
        filled = filled.with(name, *of(&mut brakes));
    }
    if setting.brakes.second_approver {
        filled = filled.with("second_approver", "yes");
    }
    filled
}

fn heard(filled: &Filled, problems: &mut Problems) -> SourceSetting {
    let kind = filled
        .one("kind")
        .parse::<SourceKind>()
        .unwrap_or_else(|refusal| {
            problems.add("kind", refusal.sentence);
            SourceKind::default()
        });
    let mut number = |name: &str| {
        filled.one(name).parse::<u32>().unwrap_or_else(|_| {
            problems.add(name, "Write a whole number.");
            1
        })
    };
    let mut brakes = Brakes::default();
    for (name, _, of) in BRAKES {
        *of(&mut brakes) = u64::from(number(name));
    }
    brakes.second_approver = filled.one("second_approver") == "yes";
    let (fresh_days, general) = (i64::from(number("fresh_days")), i64::from(number("rank")));
    let mut ranks = Ranks {
        general,
        own: Default::default(),
    };
    for line in filled
        .raw("ranks")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        match line
            .rsplit_once(' ')
            .and_then(|(name, rank)| Some((name.trim(), rank.parse::<u32>().ok()?)))
        {
            Some((name, rank)) => {
                ranks.own.insert(name.to_owned(), i64::from(rank));
            }
            None => problems.add(
                "ranks",
                format!("“{line}” is no attribute and rank; write for example email 5."),
            ),
        }
    }
    let setting = SourceSetting {
        kind,
        engages: filled.one("engages") == "yes",
        owner: filled.one("owner").to_owned(),
        rhythm: filled.one("rhythm").to_owned(),
        fresh_days,
        ranks,
        brakes,
    };
    if problems.is_empty()
        && let Err(refusal) = setting.check()
    {
        problems.add(refusal.field.as_deref().unwrap_or("kind"), refusal.sentence);
    }
    setting
}
