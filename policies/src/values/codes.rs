//! The official code tables: industries and regions, loaded from text.

mod table;

use std::collections::BTreeMap;

use super::code_tree::{CodeNode, CodeTree, CodeTreeError};
use super::industry::{Industry, IndustryError};
use super::region::{Region, RegionError};
use super::short_code::ShortCode;
use table::Table;

/// One of the tables that [`Codes`] is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeTable {
    /// Industries (GB/T 4754-2017): `code,level,name`.
    Industries,
    /// Administrative divisions (GB/T 2260): `code,level,name`.
    Regions,
    /// Functional zones: `code,name,parent,overlaps`.
    Zones,
}

/// What is wrong with a code table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table:?} table, line {line}: {problem}")]
pub struct CodesError {
    /// The table.
    pub table: CodeTable,
    /// The line, counted from 1; 0 when the table as a whole is meant.
    pub line: usize,
    /// What is wrong there.
    pub problem: CodesProblem,
}

/// The kinds of [`CodesError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodesProblem {
    /// The heading lacks a column.
    #[error("no column {0}")]
    MissingColumn(&'static str),
    /// A row has another number of cells than the heading.
    #[error("{found} cells instead of {expected}")]
    Cells {
        /// The cells of the heading.
        expected: usize,
        /// The cells of this row.
        found: usize,
    },
    /// A quotation mark is not closed, or text follows it.
    #[error("a quotation mark is not closed")]
    Quote,
    /// A row has no name.
    #[error("{0} has no name")]
    NoName(String),
    /// An industry code is not well formed.
    #[error("{0:?} is {1}")]
    Industry(String, IndustryError),
    /// A region code is not well formed.
    #[error("{0:?} is {1}")]
    Region(String, RegionError),
    /// The level column does not say the level of the code.
    #[error("{code} is a {expected}, not a {found:?}")]
    Level {
        /// The code.
        code: String,
        /// The word for its level.
        expected: &'static str,
        /// What the column says.
        found: String,
    },
    /// A code stands twice.
    #[error("{0} stands twice")]
    Duplicate(String),
    /// A zone overlaps a region that is not listed.
    #[error("{0} is not listed")]
    Unknown(String),
    /// The codes do not form a tree.
    #[error(transparent)]
    Tree(#[from] CodeTreeError),
}

/// A code that is not in its table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no code {code:?}")]
pub struct UnknownCode {
    /// The code as it was written.
    pub code: String,
    /// The nearest code that exists.
    pub nearest: Option<String>,
}

/// The trees of industries and regions.
///
/// # Source
/// GB/T 4754-2017, GB/T 2260, and the functional zones that issue policies.
/// # Example
/// ```
/// # use zhida_policies::values::Codes;
/// let codes = Codes::from_texts(
///     "code,level,name\nC,section,制造业\n",
///     "code,level,name\n42,province,湖北省\n4206,city,襄阳市\n420606,county,樊城区\n",
///     "code,name,parent,overlaps\n4206-gx,襄阳高新区,4206,420606\n",
/// )?;
/// let zone = codes.region("4206-gx").unwrap();
/// let city = codes.region("420600").unwrap();
/// assert!(codes.region_covers(city, zone));
/// assert_eq!(codes.overlaps(zone), [codes.region("420606").unwrap()]);
/// # Ok::<(), zhida_policies::values::CodesError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    industries: CodeTree,
    regions: CodeTree,
    overlaps: BTreeMap<Region, Vec<Region>>,
}

impl Codes {
    /// Loads the tables from their texts; lines that begin with `#` are comments and an empty
    /// text is an empty table.
    ///
    /// # Errors
    /// [`CodesError`] for the first thing that is wrong.
    pub fn from_texts(industries: &str, regions: &str, zones: &str) -> Result<Codes, CodesError> {
        let industries = load_industries(industries)?;
        let (regions, overlaps) = load_regions(regions, zones)?;
        Ok(Codes {
            industries,
            regions,
            overlaps,
        })
    }

    /// The tables that come with the program.
    ///
    /// # Errors
    /// [`CodesError`] if they are broken: a bug that a test finds.
    /// # Example
    /// ```
    /// # use zhida_policies::values::Codes;
    /// let codes = Codes::built_in()?;
    /// assert_eq!(codes.regions().name("4206"), Some("襄阳市"));
    /// assert_eq!(codes.industries().name("C1311"), Some("稻谷加工"));
    /// # Ok::<(), zhida_policies::values::CodesError>(())
    /// ```
    pub fn built_in() -> Result<Codes, CodesError> {
        let [(_, industries), (_, regions), (_, zones)] = Codes::built_in_texts();
        Codes::from_texts(industries, regions, zones)
    }

    /// Name and text of the tables that come with the program: industries, regions, zones.
    #[must_use]
    pub const fn built_in_texts() -> [(&'static str, &'static str); 3] {
        [
            (
                "codes/gbt4754-2017.csv",
                include_str!("../../library/codes/gbt4754-2017.csv"),
            ),
            (
                "codes/gbt2260.csv",
                include_str!("../../library/codes/gbt2260.csv"),
            ),
            (
                "codes/zones.csv",
                include_str!("../../library/codes/zones.csv"),
            ),
        ]
    }

    /// The tree of industries.
    #[must_use]
    pub fn industries(&self) -> &CodeTree {
        &self.industries
    }

    /// The tree of regions; its root is the nation with the empty code.
    #[must_use]
    pub fn regions(&self) -> &CodeTree {
        &self.regions
    }

    /// The industry with this code, written with or without the letter of its section.
    ///
    /// # Errors
    /// [`UnknownCode`] with the nearest code.
    pub fn industry(&self, text: &str) -> Result<Industry, UnknownCode> {
        let found = text.parse::<Industry>().ok();
        found
            .filter(|industry| self.industries.contains(industry.as_str()))
            .ok_or_else(|| {
                let wrong = found.map_or_else(|| text.trim().to_owned(), |known| known.to_string());
                UnknownCode {
                    code: text.to_owned(),
                    nearest: self.industries.nearest(&wrong).map(str::to_owned),
                }
            })
    }

    /// The region with this code.
    ///
    /// # Errors
    /// [`UnknownCode`] with the nearest code.
    pub fn region(&self, text: &str) -> Result<Region, UnknownCode> {
        let found = text.parse::<Region>().ok();
        found
            .filter(|region| self.regions.contains(region.as_str()))
            .ok_or_else(|| UnknownCode {
                code: text.to_owned(),
                nearest: self.regions.nearest(text.trim()).map(str::to_owned),
            })
    }

    /// Whether `inner` is `outer` or lies inside it; a zone lies inside its parent, not inside
    /// the counties that it overlaps.
    #[must_use]
    pub fn region_covers(&self, outer: Region, inner: Region) -> bool {
        self.regions.covers(outer.as_str(), inner.as_str())
    }

    /// Whether the region is a functional zone of the zones table.
    #[must_use]
    pub fn is_zone(&self, region: Region) -> bool {
        self.overlaps.contains_key(&region)
    }

    /// The divisions that share ground with a zone.
    #[must_use]
    pub fn overlaps(&self, zone: Region) -> &[Region] {
        self.overlaps.get(&zone).map_or(&[], Vec::as_slice)
    }

    /// Every functional zone, in order of code.
    pub fn zones(&self) -> impl Iterator<Item = Region> {
        self.overlaps.keys().copied()
    }
}

/// Codes whose children are not yet known.
type Entries = BTreeMap<ShortCode, CodeNode>;

/// The words of the level column from 1.
const INDUSTRY_LEVELS: [&str; 4] = ["section", "division", "group", "class"];
const DIVISION_LEVELS: [&str; 3] = ["province", "city", "county"];
const ZONE_LEVEL: u8 = 4;

fn node(name: String, level: u8, parent: Option<ShortCode>) -> CodeNode {
    CodeNode {
        name,
        level,
        parent,
        children: Vec::new(),
    }
}

fn load_industries(text: &str) -> Result<CodeTree, CodesError> {
    let table = Table::read(CodeTable::Industries, text, &["code", "level", "name"])?;
    let mut entries = Entries::new();
    for row in table.rows() {
        let (code, name) = (row.cell("code"), row.name()?);
        let industry: Industry = code
            .parse()
            .map_err(|error| row.error(CodesProblem::Industry(code.to_owned(), error)))?;
        let level = row.level(industry.level(), &INDUSTRY_LEVELS)?;
        let parent = industry.parent().map(|parent| parent.code());
        if entries
            .insert(industry.code(), node(name, level, parent))
            .is_some()
        {
            return Err(row.error(CodesProblem::Duplicate(industry.to_string())));
        }
    }
    CodeTree::new(entries).map_err(|error| table.error(error.into()))
}

fn load_regions(
    divisions: &str,
    zones: &str,
) -> Result<(CodeTree, BTreeMap<Region, Vec<Region>>), CodesError> {
    let mut entries = load_divisions(divisions)?;
    let mut overlaps = BTreeMap::new();
    let columns = ["code", "name", "parent", "overlaps"];
    let table = Table::read(CodeTable::Zones, zones, &columns)?;
    for row in table.rows() {
        let (zone, name) = (row.region(row.cell("code"))?, row.name()?);
        let parent = row.region(row.cell("parent"))?;
        // The statistical table may list a zone as a division: the zones table says more.
        entries.insert(zone.code(), node(name, ZONE_LEVEL, Some(parent.code())));
        let cells = row
            .cell("overlaps")
            .split(['|', ';', ' '])
            .filter(|cell| !cell.is_empty());
        let shared = cells
            .map(|cell| row.region(cell))
            .collect::<Result<Vec<_>, _>>()?;
        let unknown = shared
            .iter()
            .find(|region| !entries.contains_key(&region.code()));
        if let Some(region) = unknown {
            return Err(row.error(CodesProblem::Unknown(region.to_string())));
        }
        if overlaps.insert(zone, shared).is_some() {
            return Err(row.error(CodesProblem::Duplicate(zone.to_string())));
        }
    }
    let tree = CodeTree::new(entries).map_err(|error| table.error(error.into()))?;
    Ok((tree, overlaps))
}

/// The nation and its divisions.
fn load_divisions(text: &str) -> Result<Entries, CodesError> {
    let mut entries = Entries::from([(ShortCode::EMPTY, node("全国".to_owned(), 0, None))]);
    let table = Table::read(CodeTable::Regions, text, &["code", "level", "name"])?;
    for row in table.rows() {
        let (region, name) = (row.region(row.cell("code"))?, row.name()?);
        let itself = region.as_str().len() < row.cell("code").len();
        if itself && row.cell("level") == "county" && entries.contains_key(&region.code()) {
            // A city without counties (东莞, 中山, 儋州) stands a second time as its own county.
            continue;
        }
        let level = row.level(region.as_str().len().div_ceil(2), &DIVISION_LEVELS)?;
        if entries
            .insert(region.code(), node(name, level, None))
            .is_some()
        {
            return Err(row.error(CodesProblem::Duplicate(region.to_string())));
        }
    }
    let parents: Vec<_> = entries
        .keys()
        .map(|code| (*code, listed_parent(&entries, *code)))
        .collect();
    for (code, parent) in parents {
        if let Some(entry) = entries.get_mut(&code) {
            entry.parent = parent;
        }
    }
    Ok(entries)
}

/// The longest shorter division code that is listed: a county that a province governs directly
/// may have no city above it.
fn listed_parent(entries: &Entries, code: ShortCode) -> Option<ShortCode> {
    let text = code.as_str();
    (0..text.len())
        .rev()
        .filter_map(|length| ShortCode::new(text.get(..length)?))
        .find(|shorter| entries.contains_key(shorter))
}

#[cfg(test)]
mod tests;
