//! Finds our columns in another system's header, whatever it calls them.
//!
//! Headers are compared by [`word::plain`], with what stands in brackets left out. Of several candidates the first in the list
//! is taken; a date takes the first candidate that is not blank in its row. Columns nobody asked for are named, and never stored;
//! those a roster must not hold are not even looked at.
//!
//! Not here: what the cells say ([`crate::sources::cells`]).

use std::collections::{BTreeMap, HashMap};

use db::Refusal;

use crate::sources::column::{Column, NAMES};
use crate::sources::forbidden::is_forbidden;
use crate::sources::mapping::Mapping;
use crate::sources::origin::Origin;
use crate::sources::word;

/// Where each of our columns is in a file.
#[derive(Debug, Default)]
pub struct Layout {
    /// For each of our columns the places it is read from, in the order they are tried. Every cell of a file asks here.
    places: [Vec<usize>; NAMES.len()],
    /// The header's texts as the file spells them.
    pub headers: Vec<String>,
    /// Headers that are not read.
    pub unread: Vec<String>,
    /// Headers of what a roster must not hold.
    pub forbidden: Vec<String>,
    pub origin: Origin,
    pub has_rehire_date: bool,
    /// The column by which the manager's id names people, where that is not the id the file is read by.
    pub manager_names: Option<usize>,
}

/// Which column of the same file a manager's id points into, where it is not always the one people are known by:
/// BambooHR's supervisorId is its row id, UKG's an employee id, SuccessFactors' a user id, ADP's a position.
const POINTS_INTO: [(&str, &[&str]); 7] = [
    ("supervisorid", &["employeeid", "id"]),
    ("managerid", &["userid", "id"]),
    ("manageruuid", &["uuid"]),
    ("reportstopositionid", &["positionid"]),
    ("reportstoassociateid", &["associateid"]),
    ("workreportstoid", &["rootid"]),
    ("directmanagerid", &["id"]),
];

impl Layout {
    /// # Errors
    /// A refusal when a mapped header is absent or forbidden, or two columns have one header that is read.
    pub fn of(headers: Vec<String>, mapping: &Mapping) -> Result<Layout, Refusal> {
        let whole: Vec<String> = headers.iter().map(|header| word::plain(header)).collect();
        let plain: Vec<String> = headers
            .iter()
            .map(|header| word::plain(without_brackets(header)))
            .collect();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut forbidden = Vec::new();
        for (index, name) in plain.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if is_forbidden(name) {
                forbidden.push(headers[index].clone());
            } else if !mapping.leaves_out(&headers[index]) {
                by_name.entry(name).or_default().push(index);
            }
        }
        let mut layout = Layout {
            origin: Origin::of(whole.iter().map(String::as_str)),
            has_rehire_date: by_name.contains_key("rehiredate"),
            ..Layout::default()
        };
        let mapped = mapped_places(&headers, mapping)?;
        for (column, ours, theirs) in NAMES {
            layout.places[column as usize] = match mapped.get(&column) {
                Some(&index) => vec![index],
                None => {
                    let names = names_of(layout.origin, column, ours, theirs);
                    let mut found = Found::default();
                    for name in names.iter().filter_map(|name| by_name.get(name.as_str())) {
                        found.add(name, &headers)?;
                    }
                    found.choose(layout.origin.falls_back(column), &mapped)
                }
            };
        }
        layout.know_managers(&plain, &by_name);
        layout.unread = (0..headers.len())
            .filter(|index| !layout.reads(*index) && !is_forbidden(&plain[*index]))
            .map(|index| headers[index].clone())
            .filter(|header| !header.is_empty())
            .collect();
        layout.forbidden = forbidden;
        layout.headers = headers;
        Ok(layout)
    }

    /// How many columns such a row names, when it names the id: what tells a header from a title above it.
    pub fn recognised(headers: &[String], mapping: &Mapping) -> usize {
        match Layout::of(headers.to_vec(), mapping) {
            Ok(layout) if layout.names_ids() => {
                (0..headers.len()).filter(|index| layout.reads(*index)).count()
            }
            _ => 0,
        }
    }

    fn names_ids(&self) -> bool {
        self.has(Column::SourceId) || self.has(Column::ContingentId)
    }

    fn reads(&self, index: usize) -> bool {
        self.places.iter().flatten().any(|place| *place == index) || self.manager_names == Some(index)
    }

    /// The number other sources know people by is one that the source itself does not; and what managers are named by.
    fn know_managers(&mut self, plain: &[String], by_name: &HashMap<&str, Vec<usize>>) {
        let source_id = self.places(Column::SourceId).to_vec();
        self.places[Column::EmployeeNumber as usize].retain(|place| !source_id.contains(place));
        let manager = self.places(Column::ManagerSourceId).first();
        let Some(pair) = manager.and_then(|at| POINTS_INTO.iter().find(|(name, _)| *name == plain[*at]))
        else {
            return;
        };
        let named = pair.1.iter().find_map(|name| by_name.get(name)?.first());
        self.manager_names = named.copied().filter(|index| source_id.first() != Some(index));
    }

    pub fn places(&self, column: Column) -> &[usize] {
        &self.places[column as usize]
    }

    pub fn has(&self, column: Column) -> bool {
        !self.places(column).is_empty()
    }

    /// Settles the column that can be a kind or a state, now that its cells have been seen.
    pub fn settle(&mut self, cells_name_kinds: bool) {
        let places = std::mem::take(&mut self.places[Column::KindOrStatus as usize]);
        if places.is_empty() {
            return;
        }
        let meaning = if cells_name_kinds && !self.has(Column::PersonType) {
            Column::PersonType
        } else {
            Column::Status
        };
        if self.has(meaning) {
            self.unread
                .extend(places.iter().map(|place| self.headers[*place].clone()));
        } else {
            self.places[meaning as usize] = places;
        }
    }

    /// # Errors
    /// A refusal when no column holds the id, or none the kind and none was given.
    pub fn require(&self, kind_given: Option<crate::engagement::EngagementKind>) -> Result<(), Refusal> {
        let listed = self
            .headers
            .iter()
            .take(30)
            .filter(|header| !header.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        if !self.names_ids() {
            return Err(Refusal::new(
                "column-missing",
                format!("The file has no column with each person’s id (source_id). Its columns are: {listed}. Rename the column that holds the id to source_id, or name it in a mapping file."),
            )
            .field("source_id"));
        }
        let implied = [Column::PersonType, Column::IsContingent, Column::ContingentId];
        if kind_given.is_none()
            && self.origin.kind().is_none()
            && !implied.iter().any(|column| self.has(*column))
        {
            return Err(Refusal::new(
                "column-missing",
                format!("The file does not say whether each person is an employee, a contractor or other (person_type). Its columns are: {listed}. Add the column person_type, name it in a mapping file, or give one kind for the whole file."),
            )
            .field("person_type"));
        }
        Ok(())
    }
}

/// The headers a column is read from, best first.
fn names_of(origin: Origin, column: Column, ours: &str, theirs: &str) -> Vec<String> {
    if let Some(own) = origin.own_names(column) {
        return own.iter().map(|name| (*name).to_owned()).collect();
    }
    let (better, others) = theirs.split_once('*').unwrap_or(("", theirs));
    let ours = word::plain(ours);
    better
        .split_whitespace()
        .chain([ours.as_str()])
        .chain(others.split_whitespace())
        .map(str::to_owned)
        .collect()
}

/// The places of one column's headers.
#[derive(Default)]
struct Found(Vec<usize>);

impl Found {
    fn add(&mut self, found: &[usize], headers: &[String]) -> Result<(), Refusal> {
        match found {
            [first, second, ..] => Err(twice(&headers[*first], *first, *second)),
            _ => {
                self.0.extend(found);
                Ok(())
            }
        }
    }

    fn choose(self, falls_back: bool, mapped: &BTreeMap<Column, usize>) -> Vec<usize> {
        let mut places: Vec<usize> = Vec::new();
        for index in self.0 {
            let taken = mapped.values().any(|place| *place == index);
            if !taken && (places.is_empty() || falls_back) && !places.contains(&index) {
                places.push(index);
            }
        }
        places
    }
}

fn mapped_places(headers: &[String], mapping: &Mapping) -> Result<BTreeMap<Column, usize>, Refusal> {
    let mut places = BTreeMap::new();
    for (column, wanted) in &mapping.columns {
        let exact = headers.iter().position(|header| header == wanted.trim());
        let index = exact.or_else(|| {
            headers
                .iter()
                .position(|header| word::plain(header) == word::plain(wanted))
        });
        let index = index.ok_or_else(|| {
            Refusal::new(
                "column-missing",
                format!("The mapping reads {} from the column “{wanted}”, which the file has not. Correct the mapping or the header.", column.name()),
            )
            .field(column.name())
        })?;
        if is_forbidden(&word::plain(without_brackets(&headers[index]))) {
            return Err(Refusal::new(
                "column-forbidden",
                format!("The mapping reads {} from the column “{}”, which holds what a roster must not. Take it from another column.", column.name(), headers[index]),
            )
            .field(column.name()));
        }
        places.insert(*column, index);
    }
    Ok(places)
}

fn twice(header: &str, first: usize, second: usize) -> Refusal {
    Refusal::new(
        "column-twice",
        format!(
            "Columns {} and {} are both called “{header}”. Rename or remove one of them.",
            first + 1,
            second + 1
        ),
    )
    .field(header)
}

fn without_brackets(header: &str) -> &str {
    let end = header
        .find(['[', '('])
        .filter(|index| *index > 0)
        .unwrap_or(header.len());
    &header[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(headers: &str) -> Layout {
        Layout::of(
            headers
                .split(',')
                .map(|header| header.trim().to_owned())
                .collect(),
            &Mapping::default(),
        )
        .expect("the header is right")
    }

    /// Our columns and the headers they are read from, first choice only.
    fn found(headers: &str) -> Vec<(&'static str, String)> {
        let layout = layout(headers);
        let first = |column| {
            layout
                .places(column)
                .first()
                .map(|place| layout.headers[*place].clone())
        };
        NAMES
            .iter()
            .filter_map(|(column, name, _)| Some((*name, first(*column)?)))
            .collect()
    }

    fn finds(headers: &str, expected: &[(&str, &str)]) {
        let found = found(headers);
        for (column, header) in expected {
            assert!(
                found.contains(&(column, (*header).to_owned())),
                "{column} from {header} in {found:?}"
            );
        }
    }

    #[test]
    fn the_template_reads_as_itself() {
        let template: Vec<&str> = NAMES[..24].iter().map(|(_, name, _)| *name).collect();
        let layout = layout(&template.join(","));
        assert!(layout.unread.is_empty());
        assert!(NAMES[..24].iter().all(|(column, ..)| layout.has(*column)));
    }

    #[test]
    fn bamboohr_reads_without_a_mapping() {
        finds(
            "Employee #,id,First Name,Last Name,Preferred Name,Work Email,Home Email,Employment Status,Status,Hire Date,Original Hire Date,Termination Date,Supervisor EId,supervisorEmail,Department,Division,Location,Job Title",
            &[
                ("source_id", "Employee #"),
                ("email", "Work Email"),
                ("given_name", "First Name"),
                ("employment_status", "Employment Status"),
                ("status", "Status"),
                ("start_date", "Hire Date"),
                ("end_date", "Termination Date"),
                ("manager_source_id", "Supervisor EId"),
                ("job_title", "Job Title"),
            ],
        );
        finds(
            "id,employeeNumber,workEmail,firstName,lastName,employmentHistoryStatus,status,hireDate,supervisorEId,jobTitle",
            &[
                ("source_id", "employeeNumber"),
                ("person_type", "employmentHistoryStatus"),
            ],
        );
    }

    #[test]
    fn personio_reads_without_a_mapping() {
        finds(
            "ID,First name,Last name,Email,Employment type,Status,Hire date,Contract end date,Termination date,Supervisor,Department,Office,Cost center,Position",
            &[
                ("source_id", "ID"),
                ("person_type", "Employment type"),
                ("end_date", "Termination date"),
                ("manager", "Supervisor"),
                ("location", "Office"),
                ("job_title", "Position"),
            ],
        );
    }

    #[test]
    fn fieldglass_reads_without_a_mapping() {
        let headers = "Person ID,Worker ID,Job Seeker ID,Worker Email,First Name,Last Name,Status,Start Date,End Date,Work Order/Work Order Revision Owner,Work Order/Work Order Revision Owner Employee ID,Vendor Number,Vendor Name,Business Unit,Site,Cost Center,Job Posting Title";
        finds(
            headers,
            &[
                ("source_id", "Person ID"),
                ("email", "Worker Email"),
                ("employer_or_vendor", "Vendor Name"),
                (
                    "manager_source_id",
                    "Work Order/Work Order Revision Owner Employee ID",
                ),
                ("division", "Business Unit"),
                ("location", "Site"),
                ("job_title", "Job Posting Title"),
            ],
        );
        assert_eq!(layout(headers).origin, Origin::Fieldglass);
        assert!(layout(headers).require(None).is_ok());
    }

    #[test]
    fn adp_workday_rippling_hibob_and_google_read_without_a_mapping() {
        finds(
            "Associate ID,Position ID,Legal First Name,Legal Last Name,Preferred or Chosen First Name,Work Contact: Work Email,Personal Contact: Personal Email,Worker Category Description,Position Status,Hire Date,Rehire Date,Termination Date,Reports To Legal Name,Home Department Description,Location Description,Job Title Description",
            &[
                ("source_id", "Associate ID"),
                ("email", "Work Contact: Work Email"),
                ("person_type", "Worker Category Description"),
                ("status", "Position Status"),
                ("start_date", "Rehire Date"),
                ("department", "Home Department Description"),
            ],
        );
        finds(
            "Employee_ID,Contingent_Worker_ID,Email_Address,Worker_Type,Active,Hire_Date,Termination_Date,On_Leave,Manager_ID,Cost_Center",
            &[
                ("source_id", "Employee_ID"),
                ("email", "Email_Address"),
                ("person_type", "Worker_Type"),
                ("status", "Active"),
                ("on_leave", "On_Leave"),
                ("manager_source_id", "Manager_ID"),
            ],
        );
        finds(
            "id,workEmail,personalEmail,name,employmentType,status,startDate,endDate,department,title",
            &[
                ("email", "workEmail"),
                ("full_name", "name"),
                ("person_type", "employmentType"),
                ("job_title", "title"),
            ],
        );
        finds(
            "root.id,root.email,root.firstName,root.surname,internal.status,work.startDate,work.reportsTo,work.department,work.site,work.title",
            &[
                ("source_id", "root.id"),
                ("email", "root.email"),
                ("family_name", "root.surname"),
                ("status", "internal.status"),
                ("start_date", "work.startDate"),
                ("location", "work.site"),
            ],
        );
        finds(
            "Employee ID,Email Address [Required],First Name [Required],Last Name [Required],Employee Type,Status [READ ONLY],Manager Email",
            &[
                ("email", "Email Address [Required]"),
                ("status", "Status [READ ONLY]"),
                ("manager_email", "Manager Email"),
            ],
        );
    }

    #[test]
    fn a_file_without_ids_or_kinds_is_refused_by_name() {
        let refusal = layout("name,email").require(None).expect_err("there is no id");
        assert_eq!(refusal.field.as_deref(), Some("source_id"));
        let refusal = layout("id,email").require(None).expect_err("there is no kind");
        assert_eq!(refusal.field.as_deref(), Some("person_type"));
        assert!(
            layout("id,email")
                .require(Some(crate::engagement::EngagementKind::Board))
                .is_ok()
        );
    }

    #[test]
    fn a_column_that_is_there_twice_is_refused() {
        let headers = ["id", "Email", "email"].map(str::to_owned).to_vec();
        assert_eq!(
            Layout::of(headers, &Mapping::default())
                .expect_err("two columns")
                .code,
            "column-twice"
        );
    }

    #[test]
    fn a_column_that_can_be_kind_or_state_is_settled_by_its_cells() {
        let mut kinds = layout("id,Employment Status,Status");
        kinds.settle(true);
        assert_eq!(kinds.places(Column::PersonType), [1]);
        let mut states = layout("id,type,Employment Status");
        states.settle(false);
        assert_eq!(states.places(Column::Status), [2]);
    }

    #[test]
    fn columns_nobody_asked_for_are_named_and_those_nobody_may_keep_apart() {
        let layout = layout("id,type,Shoe size,Salary,Date of birth");
        assert_eq!(layout.unread, ["Shoe size"]);
        assert_eq!(layout.forbidden, ["Salary", "Date of birth"]);
    }

    #[test]
    fn a_mapping_cannot_reach_what_a_roster_must_not_hold() {
        let mapping = Mapping::from_toml("[columns]\ndepartment = \"Salary\"").expect("the mapping is right");
        let headers = ["id", "type", "Salary"].map(str::to_owned).to_vec();
        let refusal = Layout::of(headers, &mapping).expect_err("pay is not a department");
        assert_eq!(refusal.code, "column-forbidden");
    }

    #[test]
    fn a_mapping_can_leave_a_column_unread() {
        let mapping = Mapping::from_toml("unread = [\"Type\"]").expect("the mapping is right");
        let headers = ["id", "Type", "Worker type"].map(str::to_owned).to_vec();
        let layout = Layout::of(headers, &mapping).expect("the header is right");
        assert_eq!(layout.places(Column::PersonType), [2]);
        assert_eq!(layout.unread, ["Type"]);
    }

    #[test]
    fn an_address_at_work_is_better_than_one_that_is_only_called_email() {
        finds("id,email,work_email,type", &[("email", "work_email")]);
    }

    #[test]
    fn the_number_other_sources_use_is_read_where_it_is_not_the_id() {
        finds(
            "personID,employeeNumber,employeeTypeCode",
            &[("source_id", "personID"), ("employee_number", "employeeNumber")],
        );
        assert!(!layout("Employee ID,Type").has(Column::EmployeeNumber));
    }

    #[test]
    fn a_managers_id_points_into_the_column_its_system_means() {
        let into = |headers| {
            let layout = layout(headers);
            layout.manager_names.map(|index| layout.headers[index].clone())
        };
        assert_eq!(into("employeeNumber,id,supervisorId"), Some("id".to_owned()));
        assert_eq!(
            into("Associate ID,Position ID,Reports To Position ID"),
            Some("Position ID".to_owned())
        );
        assert_eq!(
            into("personIdExternal,userId,managerId"),
            Some("userId".to_owned())
        );
        assert_eq!(into("Employee_ID,Manager_ID"), None);
        assert_eq!(into("id,manager_id"), None, "it is the id itself");
    }
}
