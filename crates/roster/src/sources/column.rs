//! What a column can mean, and what other systems call it.
//!
//! The words are headers with letters and digits only. A better word stands before a worse one: an employee number that is
//! printed on a badge before a row number, the address at work before any other.
//!
//! Not here: what one system alone calls otherwise ([`crate::sources::origin`]), and finding them in a file
//! ([`crate::sources::header`]).

/// What a column can mean. The first twenty-four are the template's; the rest are other systems' ways of saying the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    SourceId,
    Email,
    GivenName,
    FamilyName,
    PreferredName,
    PersonType,
    Status,
    StartDate,
    EndDate,
    LeaveFrom,
    LeaveUntil,
    ManagerSourceId,
    ManagerEmail,
    SponsorEmail,
    EmployerOrVendor,
    Department,
    Division,
    CostCenter,
    JobTitle,
    Location,
    Country,
    Language,
    LogicalAccess,
    Tags,
    /// Given and family name in one cell.
    FullName,
    /// The manager by address or by name; a name is not used.
    Manager,
    /// Yes or no: is the person on leave.
    OnLeave,
    /// Yes or no: is the person a contingent worker.
    IsContingent,
    /// Workday: the id of a contingent worker, whose employee id is blank.
    ContingentId,
    /// BambooHR and others: a kind in one organisation, a state in another. The cells settle it.
    KindOrStatus,
    /// The number by which other sources know the person, where it is not the source’s own id.
    EmployeeNumber,
    /// Yes or no: has the person left.
    IsEnded,
}

/// Each column with its name in the template and what others call it, best first, parted by spaces. What stands before
/// an asterisk is better than our own name: a system that writes both means the other by ours.
pub(crate) const NAMES: [(Column, &str, &str); 32] = [
    (
        Column::SourceId,
        "source_id",
        "personid personidexternal employeenumber employeeno employeeid employeecode empid empno \
         empnumber staffid staffnumber staffno personnelnumber personnelno personalnummer \
         associateid workernumber rootid workemployeeidincompany employeeidincompany workerid \
         userid objectid perpersonuuid uuid id externalid wid accountname filenumber number",
    ),
    (
        Column::Email,
        "email",
        "workemail workemailaddress workcontactworkemail emailwork emailprimarywork \
         primaryworkemail companyemail businessemail businessemailaddress * rootemail workeremail \
         employeeemail emailaddress primaryemail bestemail mail userprincipalname emailadresse",
    ),
    (
        Column::GivenName,
        "given_name",
        "firstname legalfirstname rootfirstname forename first vorname prenom",
    ),
    (
        Column::FamilyName,
        "family_name",
        "lastname legallastname rootsurname surname last nachname sn nom",
    ),
    (
        Column::PreferredName,
        "preferred_name",
        "preferredfirstname preferredorchosenfirstname chosenname knownas nickname rufname",
    ),
    (
        Column::PersonType,
        "person_type",
        "persontype workertype employeetype employmenttype workercategorydescription \
         workercategory workerclassification hiringtype employeetypecode employmenthistorystatus \
         employmentcategory workcontracttype contracttype payrollemploymenttype \
         payrollemploymentcontract emptype kind type",
    ),
    (
        Column::Status,
        "status",
        "employeestatus workerstatus positionstatus internalstatus internallifecyclestatus \
         emplstatus employeestatuscode hiringstatus accountenabled isactive active \
         currentlyactive",
    ),
    (
        Column::StartDate,
        "start_date",
        "rehiredate * lasthiredate mostrecenthiredate hiredate datehired dateofhire workstartdate \
         employmentstartdate contractstartdate joiningdate joindate joineddate startedon starton \
         originalhiredate eintrittsdatum",
    ),
    (
        Column::EndDate,
        "end_date",
        "terminationdate dateoftermination lastdayofwork lastworkingday lastdateworked lastday \
         latestterminationdate separationdate leavingdate exitdate employmentenddate workenddate \
         internalterminationdate contractenddate contractends endon completiondate austrittsdatum",
    ),
    (
        Column::LeaveFrom,
        "leave_from",
        "leavestart leavestartdate leavefromdate absencestart absencestartdate firstdayofleave",
    ),
    (
        Column::LeaveUntil,
        "leave_until",
        "leaveend leaveenddate leaveto absenceend absenceenddate lastdayofleave",
    ),
    (
        Column::ManagerSourceId,
        "manager_source_id",
        "supervisoreid manageremployeenumber manageremployeeid supervisoremployeenumber \
         managernumber managerid supervisorid linemanagerid reportstoid reportstoassociateid \
         reportstopositionid workreportstoid directmanagerid manageruuid workorderrevisionowneremployeeid \
         workorderworkorderrevisionowneremployeeid workorderowneremployeeid",
    ),
    (
        Column::ManagerEmail,
        "manager_email",
        "managersemail manageremailaddress supervisoremail linemanageremail reportstoemail \
         workreportstoemail managerworkemail directmanageremail directmanagerworkemail",
    ),
    (
        Column::SponsorEmail,
        "sponsor_email",
        "sponsor internalsponsoremail workorderowneremail hiringmanageremail",
    ),
    (
        Column::EmployerOrVendor,
        "employer_or_vendor",
        "employer vendor vendorname supplier suppliername agency agencyname companyname company \
         businessname legalentity",
    ),
    (
        Column::Department,
        "department",
        "departmentname workdepartment homedepartmentdescription homedepartment \
         supervisoryorganization supervisoryorganisation dept abteilung team",
    ),
    (
        Column::Division,
        "division",
        "divisionname workdivision businessunit businessunitname businessunitcode \
         businessunitdescription",
    ),
    (
        Column::CostCenter,
        "cost_center",
        "costcentre costcenters costcentername costcentercode costcenterid costcenternumber \
         kostenstelle",
    ),
    (
        Column::JobTitle,
        "job_title",
        "jobtitledescription worktitle title position positiontitle jobpostingtitle jobname \
         businesstitle employeetitle designation role jobprofile",
    ),
    (
        Column::Location,
        "location",
        "locationdescription worklocation primaryworklocation primaryworklocationcode worksite \
         office officelocation physicaldeliveryofficename site sitename standort city",
    ),
    (
        Column::Country,
        "country",
        "workcountry countryname countrycode land",
    ),
    (
        Column::Language,
        "language",
        "preferredlanguage userlanguage locale sprache",
    ),
    (
        Column::LogicalAccess,
        "logical_access",
        "systemaccess hassystemaccess hasaccess access",
    ),
    (Column::Tags, "tags", "labels groups"),
    (
        Column::FullName,
        "full_name",
        "name fullname employeename workername rootdisplayname rootfullname displayname \
         preferredfullname legalname employee worker",
    ),
    (
        Column::Manager,
        "manager",
        "supervisor reportsto linemanager directmanager reportstolegalname managername \
         supervisorname workreportsto directmanagername",
    ),
    (Column::OnLeave, "on_leave", "isonleave currentlyonleave"),
    (
        Column::IsContingent,
        "is_contingent",
        "iscontingentworker contingentworker iscontractor",
    ),
    (Column::ContingentId, "contingent_worker_id", "contingentid"),
    (Column::KindOrStatus, "employment_status", ""),
    (
        Column::EmployeeNumber,
        "employee_number",
        "employeeno employeeid employeecode empid empno empnumber staffnumber staffno \
         personnelnumber personnelno personalnummer workemployeeidincompany \
         employeeidincompany externalid",
    ),
    (Column::IsEnded, "is_ended", "terminated isterminated isended"),
];

impl Column {
    /// The column's name in the template.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(column, ..)| *column == self)
            .map_or("", |(_, name, _)| name)
    }

    pub fn named(name: &str) -> Option<Column> {
        NAMES
            .iter()
            .find(|(_, ours, _)| *ours == name)
            .map(|(column, ..)| *column)
    }
}
