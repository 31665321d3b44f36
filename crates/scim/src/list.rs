//! Lists: which resources, in which order, how many at a time (RFC 7644 §3.4.2), by index or by cursor (RFC 9865).
//!
//! Without `sortBy` the order is that of making, which does not change, so that a client that pages misses nobody.

use std::str::FromStr as _;

use db::{Composed, Id, Reader, piece};
use serde_json::{Map, Value, json};

use crate::connection::Connection;
use crate::filter::{self, Test, sql::Descending};
use crate::member;
use crate::patch::target::{self, Target};
use crate::pick::Picked;
use crate::quirk::Quirks;
use crate::resource::{self, Resource, ResourceKind};
use crate::schema::{Kind, Place};
use crate::wrong::{Result, Type, Wrong};

pub const COUNT_DEFAULT: i64 = 100;
pub const COUNT_MAX: i64 = 200;
const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What a client asks of a list, as texts.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub filter: Option<String>,
    pub sort_by: Option<String>,
    pub sort_order: Option<String>,
    pub start_index: Option<i64>,
    pub count: Option<i64>,
    /// Given, and perhaps empty: the first page by cursor.
    pub cursor: Option<String>,
    pub picked: Picked,
}

/// A list with all there is.
pub fn whole(resources: Vec<Value>) -> Value {
    json!({
        "schemas": [SCHEMA],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

impl Asked {
    /// From the parts of an address.
    pub fn of_query(pairs: &[(String, String)]) -> Result<Asked> {
        let find = |wanted: &str| {
            let found = pairs.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.as_str())
        };
        let number = |name: &str| match find(name) {
            None => Ok(None),
            Some(text) => text.trim().parse().map(Some).map_err(|_| not_a_number(name)),
        };
        Ok(Asked {
            filter: find("filter").map(str::to_owned),
            sort_by: find("sortBy").map(str::to_owned),
            sort_order: find("sortOrder").map(str::to_owned),
            start_index: number("startIndex")?,
            count: number("count")?,
            cursor: find("cursor").map(str::to_owned),
            picked: Picked::read(find("attributes"), find("excludedAttributes")),
        })
    }

    /// From the body of `POST /.search`.
    pub fn of_body(body: &Value) -> Result<Asked> {
        let Value::Object(body) = body else {
            return Err(Wrong::syntax("A search has to be one JSON object."));
        };
        let mut pairs = Vec::new();
        for (name, value) in body {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Array(list) => {
                    let names: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                    names.join(",")
                }
                _ => continue,
            };
            pairs.push((name.clone(), text));
        }
        Asked::of_query(&pairs)
    }

    fn count(&self) -> i64 {
        self.count.unwrap_or(COUNT_DEFAULT).clamp(0, COUNT_MAX)
    }

    fn start(&self) -> i64 {
        self.start_index.unwrap_or(1).max(1)
    }

    /// What is to be tested and by what to sort, for one kind of resource.
    fn plan(&self, kind: Kind, quirks: &mut Quirks) -> Result<Plan> {
        let test = match self.filter.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(filter::read(kind, text, quirks)?),
        };
        let descending = match self.sort_order.as_deref() {
            Some(order) if order.eq_ignore_ascii_case("descending") => Descending::Yes,
            None => Descending::No,
            Some(order) if order.eq_ignore_ascii_case("ascending") => Descending::No,
            Some(_) => return Err(Wrong::value("sortOrder has to be ascending or descending.")),
        };
        let sort = match self.sort_by.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(path) => match target::find(kind, path, quirks)? {
                Some(Target::Attr(place)) => Some((place, descending)),
                _ => return Err(Wrong::bad(Type::InvalidPath, "sortBy has to name an attribute.")),
            },
        };
        Ok(Plan { kind, test, sort })
    }
}

fn not_a_number(name: &str) -> Wrong {
    if name == "count" {
        return Wrong::bad(Type::InvalidCount, "count has to be a whole number.");
    }
    Wrong::value(format!("{name} has to be a whole number."))
}

struct Plan {
    kind: Kind,
    test: Option<Test>,
    sort: Option<(Place, Descending)>,
}

impl Plan {
    fn finds_few(&self) -> bool {
        let few = |test| filter::sql::finds_few(self.kind, test);
        self.test.as_ref().is_some_and(few)
    }
}

/// What part of a list is wanted.
#[derive(Clone)]
enum From {
    Offset(i64),
    After(Id<ResourceKind>),
}

/// The list of a connection's resources, of one kind or of all. The inner error is the client's.
pub struct Listing<'a> {
    pub connection: &'a Connection,
    pub kinds: &'a [Kind],
    pub asked: &'a Asked,
    pub base: &'a str,
}

impl Listing<'_> {
    /// Reads the page that is asked for.
    pub fn read(&self, reader: &mut Reader, quirks: &mut Quirks) -> db::Result<Result<Value>> {
        let mut plans = Vec::new();
        let mut refused = None;
        for kind in self.kinds {
            match self.asked.plan(*kind, quirks) {
                Ok(plan) => plans.push(plan),
                Err(wrong) => refused = Some(wrong),
            }
        }
        // A filter on what only users have finds no groups; what nobody has is an error.
        match refused {
            Some(wrong) if plans.is_empty() => return Ok(Err(wrong)),
            _ => {}
        }
        match &self.asked.cursor {
            Some(cursor) => self.by_cursor(reader, &plans, cursor),
            None => self.by_index(reader, &plans),
        }
    }

    fn by_index(&self, reader: &mut Reader, plans: &[Plan]) -> db::Result<Result<Value>> {
        let (start, count) = (self.asked.start(), self.asked.count());
        let (mut total, mut found) = (0, Vec::new());
        for plan in plans {
            let left = count - found.len() as i64;
            let skip = (start - 1 - total).max(0);
            let page = if left > 0 {
                match self.rows(reader, plan, (From::Offset(skip), left + 1))? {
                    Ok(page) => page,
                    Err(wrong) => return Ok(Err(wrong)),
                }
            } else {
                Vec::new()
            };
            // Fewer than asked for, and not past the end: there are no more, so nothing is counted.
            total += if left > 0 && page.len() as i64 <= left && (skip == 0 || !page.is_empty()) {
                skip + page.len() as i64
            } else {
                match self.counted(reader, plan)? {
                    Ok(counted) => counted,
                    Err(wrong) => return Ok(Err(wrong)),
                }
            };
            found.extend(
                page.into_iter()
                    .take(usize::try_from(left.max(0)).unwrap_or_default()),
            );
        }
        let shown = self.shown(reader, &found)?;
        Ok(Ok(json!({
            "schemas": [SCHEMA],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": shown.len(),
            "Resources": shown,
        })))
    }

    fn by_cursor(&self, reader: &mut Reader, plans: &[Plan], cursor: &str) -> db::Result<Result<Value>> {
        let [plan] = plans else {
            return Ok(Err(Wrong::bad(
                Type::InvalidCursor,
                "Page by cursor through /Users or /Groups, not through both.",
            )));
        };
        let from = match (cursor, &plan.sort) {
            ("", _) => From::Offset(0),
            (cursor, None) => match Id::from_str(cursor) {
                Ok(key) => From::After(key),
                Err(_) => return Ok(Err(unknown_cursor())),
            },
            (cursor, Some(_)) => match cursor.strip_prefix('p').and_then(|at| at.parse().ok()) {
                Some(at) => From::Offset(at),
                None => return Ok(Err(unknown_cursor())),
            },
        };
        let count = self.asked.count();
        let mut page = match self.rows(reader, plan, (from.clone(), count + 1))? {
            Ok(page) => page,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let more = page.len() as i64 > count;
        page.truncate(usize::try_from(count).unwrap_or_default());
        let shown = self.shown(reader, &page)?;
        let mut answer = json!({ "schemas": [SCHEMA], "itemsPerPage": shown.len(), "Resources": shown });
        if more && let Some(last) = page.last() {
            answer["nextCursor"] = match (&plan.sort, from) {
                (Some(_), From::Offset(at)) => format!("p{}", at + page.len() as i64).into(),
                _ => last.key.as_str().into(),
            };
        }
        match self.counted(reader, plan)? {
            Ok(total) => answer["totalResults"] = total.into(),
            Err(wrong) => return Ok(Err(wrong)),
        }
        Ok(Ok(answer))
    }

    fn filtered(&self, mut composed: Composed, plan: &Plan) -> Result<Composed> {
        // Hidden where a few are looked for: schema/0011_scim.sql says why.
        let (connection, kind) = if plan.finds_few() {
            (piece!("r.connection || '' ="), piece!("and r.kind || '' ="))
        } else {
            (piece!("r.connection ="), piece!("and r.kind ="))
        };
        composed.piece(connection).value(&self.connection.id);
        composed.piece(kind).value(plan.kind.name());
        composed.piece(piece!("and r.deleted_at is null"));
        if let Some(test) = &plan.test {
            filter::sql::push(&mut composed, plan.kind, test)?;
        }
        Ok(composed)
    }

    fn rows(
        &self,
        reader: &mut Reader,
        plan: &Plan,
        (from, most): (From, i64),
    ) -> db::Result<Result<Vec<Resource>>> {
        let begun = Composed::of(piece!(
            "select r.key, r.kind, r.id, r.source_id, r.body, r.version, r.created_at, r.changed_at
             from scim_resource r
             where"
        ));
        let composed = self.filtered(begun, plan).and_then(|mut composed| {
            if let From::After(key) = &from {
                composed.piece(piece!("and r.key >")).value(key);
            }
            match &plan.sort {
                Some((place, descending)) => {
                    filter::sql::order(&mut composed, plan.kind, (place, *descending))?;
                }
                // In an order that no index gives, for the same reason.
                None if plan.finds_few() => {
                    composed.piece(piece!("order by r.key || ''"));
                }
                None => {
                    composed.piece(piece!("order by r.key"));
                }
            }
            composed.piece(piece!("limit")).value(most);
            if let From::Offset(skip) = from
                && skip > 0
            {
                composed.piece(piece!("offset")).value(skip);
            }
            Ok(composed)
        });
        match composed {
            Ok(composed) => Ok(Ok(reader.rows_of(&composed, resource::read)?)),
            Err(wrong) => Ok(Err(wrong)),
        }
    }

    fn counted(&self, reader: &mut Reader, plan: &Plan) -> db::Result<Result<i64>> {
        let begun = Composed::of(piece!(
            "select cast(count(*) as bigint) from scim_resource r where"
        ));
        match self.filtered(begun, plan) {
            Ok(composed) => {
                let counted = reader.rows_of(&composed, |row| row.get::<i64>(0))?;
                Ok(Ok(counted.first().copied().unwrap_or(0)))
            }
            Err(wrong) => Ok(Err(wrong)),
        }
    }

    fn shown(&self, reader: &mut Reader, found: &[Resource]) -> db::Result<Vec<Value>> {
        found
            .iter()
            .map(|resource| {
                Ok(Value::Object(one(
                    reader,
                    resource,
                    (self.connection, &self.asked.picked, self.base),
                )?))
            })
            .collect()
    }
}

fn unknown_cursor() -> Wrong {
    Wrong::bad(
        Type::InvalidCursor,
        "This cursor was not given by a list of this order. Begin again with an empty one.",
    )
}

/// A resource as it is answered, with its members or groups unless they are not wanted.
pub fn one(
    reader: &mut Reader,
    resource: &Resource,
    (connection, picked, base): (&Connection, &Picked, &str),
) -> db::Result<Map<String, Value>> {
    let mut shown = resource.shown(base);
    match resource.kind {
        Kind::User if picked.wants(Kind::User, "groups") => {
            let groups = member::groups_of(reader, connection.id.as_str(), &resource.id)?;
            if !groups.is_empty() {
                shown.insert("groups".to_owned(), member::groups_shown(&groups, base));
            }
        }
        Kind::Group if picked.wants(Kind::Group, "members") => {
            let members = member::shown(reader, &resource.key, base)?;
            if !members.is_empty() {
                shown.insert("members".to_owned(), members.into());
            }
        }
        _ => {}
    }
    Ok(picked.of(resource.kind, shown))
}
