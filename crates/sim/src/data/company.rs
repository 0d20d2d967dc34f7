//! What the company is made of: departments, titles, offices, and what is shared in them.

/// Departments; their weights are by position, the first ones are larger.
pub(crate) const DEPARTMENTS: [&str; 12] = [
    "Operations",
    "Sales",
    "Engineering",
    "Customer Service",
    "Marketing",
    "Finance",
    "Human Resources",
    "Information Technology",
    "Legal",
    "Research",
    "Procurement",
    "Executive Office",
];

/// Titles, by department.
pub(super) const TITLES: [&str; 8] = [
    "Specialist",
    "Manager",
    "Analyst",
    "Coordinator",
    "Consultant",
    "Team Lead",
    "Assistant",
    "Director",
];

/// City, country, two-letter code, language, time zone of Windows, dial prefix.
pub(crate) struct Place {
    pub(crate) city: &'static str,
    pub(crate) country: &'static str,
    pub(crate) code: &'static str,
    pub(crate) language: &'static str,
    pub(crate) time_zone: &'static str,
    pub(crate) dial: &'static str,
}

const fn place(
    city: &'static str,
    country: &'static str,
    code: &'static str,
    language: &'static str,
    time_zone: &'static str,
    dial: &'static str,
) -> Place {
    Place { city, country, code, language, time_zone, dial }
}

/// Where the offices are.
pub(crate) const PLACES: [Place; 10] = [
    place("Berlin", "Germany", "DE", "de-DE", "W. Europe Standard Time", "+49 30"),
    place("London", "United Kingdom", "GB", "en-GB", "GMT Standard Time", "+44 20"),
    place("Seattle", "United States", "US", "en-US", "Pacific Standard Time", "+1 206"),
    place("Paris", "France", "FR", "fr-FR", "Romance Standard Time", "+33 1"),
    place("São Paulo", "Brazil", "BR", "pt-BR", "E. South America Standard Time", "+55 11"),
    place("Tokyo", "Japan", "JP", "ja-JP", "Tokyo Standard Time", "+81 3"),
    place("Bengaluru", "India", "IN", "en-IN", "India Standard Time", "+91 80"),
    place("Warsaw", "Poland", "PL", "pl-PL", "Central European Standard Time", "+48 22"),
    place("Lagos", "Nigeria", "NG", "en-NG", "W. Central Africa Standard Time", "+234 1"),
    place("Madrid", "Spain", "ES", "es-ES", "Romance Standard Time", "+34 91"),
];

/// What shared mailboxes are for.
pub(super) const PURPOSES: [&str; 12] = [
    "Accounts Payable",
    "Invoices",
    "Support",
    "Info",
    "Careers",
    "Press",
    "Orders",
    "Facilities",
    "Events",
    "Security Desk",
    "Travel",
    "Feedback",
];

/// What rooms are called.
pub(super) const ROOMS: [&str; 12] = [
    "Amazon", "Danube", "Elbe", "Ganges", "Mekong", "Niger", "Nile", "Rhine", "Seine", "Tagus",
    "Vistula", "Yukon",
];

/// What equipment mailboxes are for.
pub(super) const EQUIPMENT: [&str; 4] = ["Projector", "Van", "Camera", "Conference Phone"];
