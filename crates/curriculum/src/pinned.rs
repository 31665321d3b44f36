//! The OWASP Top 10:2025 as we pinned it: ids, names and the weaknesses under each.
//!
//! Facts only; the texts are not copied. Where the official pages contradict themselves the data
//! file says what was decided. A test holds the counts that the standard prints.

use std::sync::LazyLock;

use serde::Deserialize;

/// One of the ten.
#[derive(Debug, Clone, Deserialize)]
pub struct Category {
    /// "A05:2025".
    pub id: String,
    pub name: String,
    /// CWE numbers as the page lists them.
    pub cwe: Vec<u32>,
    /// CWE numbers that belong here although the page misprints them.
    #[serde(default)]
    pub accepted: Vec<u32>,
}

#[derive(Debug, Deserialize)]
struct TopTen {
    categories: Vec<Category>,
    cwe_categories: Vec<u32>,
}

static TOP_TEN: LazyLock<TopTen> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../catalogue/pinned/owasp-top10-2025.json"))
        .expect("the pinned data is compiled in and a test reads it")
});

/// The ten, A01 first.
pub fn owasp_top10_2025() -> &'static [Category] {
    &TOP_TEN.categories
}

/// One of the ten by its id, "A05:2025".
pub fn owasp(id: &str) -> Option<&'static Category> {
    TOP_TEN.categories.iter().find(|category| category.id == id)
}

/// CWE numbers that name a category of weaknesses and so tag nothing.
pub fn is_cwe_category(cwe: u32) -> bool {
    TOP_TEN.cwe_categories.contains(&cwe)
}

impl Category {
    pub fn holds(&self, cwe: u32) -> bool {
        self.cwe.contains(&cwe) || self.accepted.contains(&cwe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_ten_have_the_printed_number_of_weaknesses_and_no_overlap() {
        let counts: Vec<usize> = owasp_top10_2025()
            .iter()
            .map(|category| category.cwe.len())
            .collect();
        assert_eq!(counts, [40, 16, 6, 32, 37, 39, 36, 14, 5, 24]);
        let distinct: BTreeSet<u32> = owasp_top10_2025()
            .iter()
            .flat_map(|category| category.cwe.clone())
            .collect();
        assert_eq!(distinct.len(), 249);
    }

    #[test]
    fn injection_holds_sql_injection_and_access_control_holds_ssrf() {
        assert!(owasp("A05:2025").is_some_and(|category| category.holds(89)));
        assert!(owasp("A01:2025").is_some_and(|category| category.holds(918)));
        assert!(owasp("A03:2025").is_some_and(|category| category.holds(477)));
        assert!(owasp("A10:2021").is_none());
    }

    #[test]
    fn categories_of_weaknesses_tag_nothing() {
        assert!([16, 320, 937, 1035].into_iter().all(is_cwe_category));
        assert!(!is_cwe_category(89));
    }
}
